import { notifications } from "@mantine/notifications";
import { useEffect, useRef } from "react";
import type { FieldValues, UseFormReturn } from "react-hook-form";
import { useTranslation } from "react-i18next";

/**
 * Keeps a form with what the server has. When somebody else changes it, the fields nobody touched here follow, so that
 * saving does not put their old values back; what was typed stays, and the person is told.
 */
export function useFollow<V extends FieldValues>(form: UseFormReturn<V>, start: V) {
  const { t } = useTranslation();
  const { isDirty, dirtyFields } = form.formState;
  const touched = isDirty && Object.keys(dirtyFields).length > 0; // reading them makes the form keep account of them
  const last = useRef(start);
  useEffect(() => {
    if (last.current === start) return;
    last.current = start;
    if (touched) notifications.show({ id: "followed", color: "ochre", message: t("form.followed"), autoClose: 9_000 });
    form.reset(start, { keepDirtyValues: touched });
  }, [start, touched, form, t]);
}
