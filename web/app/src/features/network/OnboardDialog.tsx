import { zodResolver } from "@hookform/resolvers/zod";
import { Select, SimpleGrid, TextInput } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useState } from "react";
import { Controller, useForm } from "react-hook-form";
import { useTranslation } from "react-i18next";
import { z } from "zod";
import { api, take } from "~/api/client";
import { useSend } from "~/api/useSend";
import { vatNumber } from "~/features/subjects/identifiers";
import { FormDialog } from "~/ui/FormDialog";
import { showAtFields } from "~/ui/form";
import { pruned } from "~/ui/patch";

/** Takes a new agency in: it starts with the default templates, and its admin gets an invitation by mail. */
export function OnboardDialog({ network, onClose }: { network: string; onClose: () => void }) {
  const { t } = useTranslation();
  const [left, setLeft] = useState<unknown>(null);
  const needed = z.string().trim().min(1, t("form.required")).max(200);
  const shape = z.object({
    name: z.string().trim().min(2, t("form.required")).max(200),
    city: z.string().max(200),
    vat_number: z.string().refine((v) => v === "" || vatNumber(v) === null, t("subjects.wrong.vat_check")),
    admin_name: needed,
    admin_email: z.email(t("form.email")),
    locale: z.enum(["it", "en"]),
  });
  const form = useForm<z.infer<typeof shape>>({ defaultValues: { name: "", city: "", vat_number: "", admin_name: "", admin_email: "", locale: "it" }, resolver: zodResolver(shape) });
  const { errors } = form.formState;
  const onboard = useSend({
    send: (values: z.infer<typeof shape>, once) => {
      const body = pruned(values);
      return take(api.POST("/api/v1/networks/{id}/agencies", { params: { path: { id: network }, header: once(body) }, body }));
    },
    touches: ["networks"],
    onDone: (agency) => {
      notifications.show({ color: "moss", message: t("network.onboarded", { name: agency.name, email: agency.admin_email }) });
      onClose();
    },
  });
  const submit = form.handleSubmit((values) => onboard.mutate(values, { onError: (error) => setLeft(showAtFields(error, form.setError, (path) => path in values)) }));
  return (
    <FormDialog opened onClose={onClose} size="lg" title={t("network.onboard")} action={t("network.onboard_action")} pending={onboard.isPending} error={left} onSubmit={() => void submit()}>
      <SimpleGrid cols={{ base: 1, xs: 2 }} spacing="sm">
        <TextInput label={t("network.agency")} withAsterisk data-autofocus error={errors.name?.message} {...form.register("name")} />
        <TextInput label={t("network.city")} error={errors.city?.message} {...form.register("city")} />
        <TextInput label={t("subjects.vat_number")} error={errors.vat_number?.message} {...form.register("vat_number")} />
        <Controller
          control={form.control}
          name="locale"
          render={({ field }) => (
            <Select
              label={t("network.mail_language")}
              allowDeselect={false}
              data={[
                { value: "it", label: "Italiano" },
                { value: "en", label: "English" },
              ]}
              {...field}
            />
          )}
        />
        <TextInput label={t("network.admin_name")} withAsterisk error={errors.admin_name?.message} {...form.register("admin_name")} />
        <TextInput label={t("network.admin_email")} type="email" withAsterisk error={errors.admin_email?.message} {...form.register("admin_email")} />
      </SimpleGrid>
    </FormDialog>
  );
}
