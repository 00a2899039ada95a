import { zodResolver } from "@hookform/resolvers/zod";
import { MultiSelect, TextInput } from "@mantine/core";
import { useState } from "react";
import { Controller, useForm } from "react-hook-form";
import { useTranslation } from "react-i18next";
import { z } from "zod";
import { api, take } from "~/api/client";
import type { NewScimToken } from "~/api/types";
import { useSend } from "~/api/useSend";
import { FormDialog } from "~/ui/FormDialog";
import { showAtFields } from "~/ui/form";
import { inDays } from "~/ui/format";
import { SecretOnce } from "~/ui/SecretOnce";

/** The platform's roles that are for people in agencies. An agency's own are the agency's to give. */
const given = ["agency_admin", "broker", "back_office", "compliance_officer", "read_only"] as const;

/** Makes a token for the network's directory, then shows its secret: the only time anybody sees it. */
export function NewScimTokenDialog({ network, onClose }: { network: string; onClose: () => void }) {
  const { t } = useTranslation();
  const [made, setMade] = useState<NewScimToken | null>(null);
  const [left, setLeft] = useState<unknown>(null);
  const shape = z.object({
    name: z.string().trim().min(1, t("form.required")).max(200),
    roles: z.array(z.string()).min(1, t("form.required")),
    expires_at: z.iso.date(t("form.date")),
  });
  type Values = z.infer<typeof shape>;
  const form = useForm<Values>({ defaultValues: { name: "", roles: ["broker", "back_office", "read_only"], expires_at: inDays(364) }, resolver: zodResolver(shape) });
  const { errors } = form.formState;
  const make = useSend<Values, NewScimToken>({
    send: (values, once) => {
      const body = { ...values, expires_at: `${values.expires_at}T23:59:59Z` };
      return take(api.POST("/api/v1/networks/{id}/scim-tokens", { params: { path: { id: network }, header: once(body) }, body }));
    },
    touches: ["networks"],
    onDone: setMade,
  });
  if (made) return <SecretOnce title={made.name} secret={made.secret} onClose={onClose} />;
  const submit = form.handleSubmit((values) => make.mutate(values, { onError: (error) => setLeft(showAtFields(error, form.setError, (path) => path in values)) }));
  return (
    <FormDialog opened onClose={onClose} title={t("federation.token_new")} action={t("federation.token_make")} pending={make.isPending} error={left} onSubmit={() => void submit()}>
      <TextInput label={t("settings.name")} description={t("federation.token_name_hint")} withAsterisk data-autofocus error={errors.name?.message} {...form.register("name")} />
      <Controller
        control={form.control}
        name="roles"
        render={({ field }) => (
          <MultiSelect label={t("federation.token_roles")} description={t("federation.token_roles_hint")} withAsterisk error={errors.roles?.message} data={given.map((role) => ({ value: role, label: t(`role.${role}`) }))} {...field} />
        )}
      />
      <TextInput type="date" label={t("settings.expires")} description={t("settings.expires_hint")} max={inDays(364)} error={errors.expires_at?.message} {...form.register("expires_at")} />
    </FormDialog>
  );
}
