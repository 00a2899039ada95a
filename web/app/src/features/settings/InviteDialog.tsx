import { zodResolver } from "@hookform/resolvers/zod";
import { Select, TextInput } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useState } from "react";
import { Controller, useForm } from "react-hook-form";
import { useTranslation } from "react-i18next";
import { z } from "zod";
import { api, take } from "~/api/client";
import { useSend } from "~/api/useSend";
import { FormDialog } from "~/ui/FormDialog";
import { showAtFields } from "~/ui/form";
import { BranchInput, branchForm } from "./MemberBranch";
import { roleRefusal } from "./MemberRefusal";
import { RoleSelect } from "./RoleSelect";

/** Invites a person; they get a mail with a link that works for seven days. */
export function InviteDialog({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  const [left, setLeft] = useState<unknown>(null);
  const shape = z.object({
    name: z.string().trim().min(1, t("form.required")).max(200),
    email: z.email(t("form.email")),
    roles: z.array(z.string()).min(1, t("form.required")),
    branch: z.string().regex(branchForm, t("settings.branch_form")),
    locale: z.enum(["it", "en"]),
  });
  type Values = z.infer<typeof shape>;
  const form = useForm<Values>({ defaultValues: { name: "", email: "", roles: ["broker"], branch: "", locale: "it" }, resolver: zodResolver(shape) });
  const { errors } = form.formState;
  const invite = useSend({
    send: (body: Values, once) => take(api.POST("/api/v1/members", { params: { header: once(body) }, body })),
    touches: ["members"],
    onDone: (member) => {
      notifications.show({ color: "moss", message: t("settings.invited", { email: member.email }) });
      onClose();
    },
  });
  const submit = form.handleSubmit((values) => 
    invite.mutate(values, {
      onError: (error) => {
        const refused = roleRefusal(error);
        if (refused) form.setError("roles", { message: refused });
        setLeft(refused ? null : showAtFields(error, form.setError, (path) => path in values));
      },
    }),
  );
  return (
    <FormDialog opened onClose={onClose} title={t("settings.invite")} action={t("settings.send_invitation")} pending={invite.isPending} error={left} onSubmit={() => void submit()}>
      <TextInput label={t("settings.name")} withAsterisk data-autofocus error={errors.name?.message} {...form.register("name")} />
      <TextInput label={t("auth.email")} type="email" withAsterisk error={errors.email?.message} {...form.register("email")} />
      <Controller control={form.control} name="roles" render={({ field }) => <RoleSelect label={t("settings.roles")} withAsterisk error={errors.roles?.message} {...field} />} />
      <Controller control={form.control} name="branch" render={({ field }) => <BranchInput value={field.value} onChange={field.onChange} />} />
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
    </FormDialog>
  );
}
