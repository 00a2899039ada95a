import { zodResolver } from "@hookform/resolvers/zod";
import { Stack } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useQueryClient } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import { FormProvider, useForm } from "react-hook-form";
import { useTranslation } from "react-i18next";
import { api, ifMatch, take } from "~/api/client";
import { keys } from "~/api/keys";
import { useSend } from "~/api/useSend";
import type { Property } from "~/api/types";
import { showAtFields } from "~/ui/form";
import { patchOf } from "~/ui/patch";
import { ProblemAlert } from "~/ui/ProblemAlert";
import { SaveBar } from "~/ui/SaveBar";
import { Section } from "~/ui/Section";
import { useFollow } from "~/ui/useFollow";
import { AppraisalFields, BaseFields, CadastralFields } from "./PropertyFields";
import { dataOf, formOf, type PropertyForm, propertyShape } from "./propertyForm";

/** The whole record as one form; only what changed is sent. */
export function PropertyEditor({ property, editable }: { property: Property; editable: boolean }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const start = useMemo(() => formOf(property), [property]);
  const [left, setLeft] = useState<unknown>(null);
  const form = useForm<PropertyForm>({ defaultValues: start, resolver: zodResolver(propertyShape(t)) });
  const { isDirty } = form.formState;
  useFollow(form, start);
  const save = useSend<PropertyForm, Property>({
    send: (values) =>
      take(
        api.PATCH("/api/v1/properties/{id}", {
          params: { path: { id: property.id }, header: ifMatch(property.version) },
          body: patchOf({ ...dataOf(formOf(property)) }, { ...dataOf(values) }),
        }),
      ),
    touches: ["applications", "properties"],
    onDone: (saved) => {
      client.setQueryData(keys.one("properties", property.id), saved);
      form.reset(formOf(saved));
      setLeft(null);
      notifications.show({ message: t("form.saved"), color: "moss" });
    },
  });
  const submit = form.handleSubmit((values) =>
    save.mutate(values, {
      onError: (error) => {
        if (error.stale) void client.invalidateQueries({ queryKey: keys.one("properties", property.id) });
        setLeft(error.stale ? null : showAtFields(error, form.setError, (path) => path.split(".")[0]! in values));
      },
    }),
  );
  return (
    <FormProvider {...form}>
      <form noValidate onSubmit={(e) => void submit(e)}>
        <Stack gap="md" maw={1080} pb={isDirty ? 64 : 0}>
          <ProblemAlert error={left} />
          <Section title={t("properties.data")}>
            <BaseFields disabled={!editable} />
          </Section>
          <Section title={t("properties.cadastral")}>
            <CadastralFields disabled={!editable} />
          </Section>
          <Section title={t("properties.appraisals")}>
            <AppraisalFields disabled={!editable} />
          </Section>
        </Stack>
        <SaveBar dirty={isDirty && editable} pending={save.isPending} onReset={() => form.reset(start)} />
      </form>
    </FormProvider>
  );
}
