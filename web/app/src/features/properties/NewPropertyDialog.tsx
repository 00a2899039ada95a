import { zodResolver } from "@hookform/resolvers/zod";
import { Button, Group, Modal, Stack } from "@mantine/core";
import { useState } from "react";
import { FormProvider, useForm } from "react-hook-form";
import { useTranslation } from "react-i18next";
import { api, take } from "~/api/client";
import { useSend } from "~/api/useSend";
import type { Property } from "~/api/types";
import { showAtFields } from "~/ui/form";
import { ProblemAlert } from "~/ui/ProblemAlert";
import { BaseFields } from "./PropertyFields";
import { dataOf, formOf, type PropertyForm, propertyShape } from "./propertyForm";

type Props = { opened: boolean; onClose: () => void; onMade: (property: Property) => void };

/** Adds a property with its address and price; the rest has its page. */
export function NewPropertyDialog({ opened, onClose, onMade }: Props) {
  const { t } = useTranslation();
  return (
    <Modal opened={opened} onClose={onClose} title={t("properties.new")} size="lg" closeButtonProps={{ "aria-label": t("common.close") }}>
      {opened && <Body onClose={onClose} onMade={onMade} />}
    </Modal>
  );
}

function Body({ onClose, onMade }: Omit<Props, "opened">) {
  const { t } = useTranslation();
  const [left, setLeft] = useState<unknown>(null);
  const form = useForm<PropertyForm>({ defaultValues: formOf({}), resolver: zodResolver(propertyShape(t)) });
  const create = useSend<PropertyForm, Property>({
    send: (values, once) => {
      const body = dataOf(values);
      return take(api.POST("/api/v1/properties", { params: { header: once(body) }, body }));
    },
    touches: ["properties"],
    onDone: onMade,
  });
  const submit = form.handleSubmit((values) => create.mutate(values, { onError: (error) => setLeft(showAtFields(error, form.setError, (path) => path.split(".")[0]! in values)) }));
  return (
    <FormProvider {...form}>
      <form noValidate onSubmit={(e) => void submit(e)}>
        <Stack gap="sm">
          <ProblemAlert error={left} />
          <BaseFields />
          <Group justify="flex-end" mt="xs">
            <Button variant="default" onClick={onClose}>
              {t("common.cancel")}
            </Button>
            <Button type="submit" loading={create.isPending}>
              {t("properties.add")}
            </Button>
          </Group>
        </Stack>
      </form>
    </FormProvider>
  );
}
