import { zodResolver } from "@hookform/resolvers/zod";
import { MultiSelect, Radio, Stack, Switch, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { Controller, useForm } from "react-hook-form";
import { useTranslation } from "react-i18next";
import { z } from "zod";
import { api, take } from "~/api/client";
import { isProblem } from "~/api/problem";
import type { NewApiKey } from "~/api/types";
import { useSend } from "~/api/useSend";
import { rolesQuery } from "~/features/members/members";
import { byNoun, doing, nounWord } from "~/features/roles/rules";
import { FormDialog } from "~/ui/FormDialog";
import { showAtFields } from "~/ui/form";
import { inDays } from "~/ui/format";
import { problemSentence } from "~/ui/problemWords";
import { SecretOnce } from "~/ui/SecretOnce";
import { HowToCall } from "./HowToCall";
import { roleRefusal } from "./MemberRefusal";
import { RoleSelect } from "./RoleSelect";

const kinds = ["key", "client"] as const;

/** Makes a key or a client, then shows its secret: the only time anybody sees it. */
export function NewKeyDialog({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  const [made, setMade] = useState<NewApiKey | null>(null);
  const [left, setLeft] = useState<unknown>(null);
  const shape = z
    .object({
      name: z.string().trim().min(1, t("form.required")).max(200),
      kind: z.enum(kinds),
      roles: z.array(z.string()).min(1, t("form.required")).max(10),
      narrowed: z.boolean(),
      actions: z.array(z.string()).max(100),
      expires_at: z.iso.date(t("form.date")),
    })
    .refine((v) => !v.narrowed || v.actions.length > 0, { path: ["actions"], message: t("form.required") });
  type Values = z.infer<typeof shape>;
  const form = useForm<Values>({ defaultValues: { name: "", kind: "key", roles: [], narrowed: false, actions: [], expires_at: inDays(90) }, resolver: zodResolver(shape) });
  const { errors } = form.formState;
  const roles = form.watch("roles");
  const make = useSend<Values, NewApiKey>({
    send: ({ name, kind, roles: has, narrowed, actions, expires_at }, once) => {
      const body = { name, roles: has, ...(narrowed && { actions }), ...(kind === "client" && { client: true }), expires_at: `${expires_at}T23:59:59Z` };
      return take(api.POST("/api/v1/api-keys", { params: { header: once(body) }, body }));
    },
    touches: ["api_keys"],
    onDone: setMade,
  });
  if (made) {
    return (
      <SecretOnce title={made.name} secret={made.secret} onClose={onClose}>
        <HowToCall apiKey={made} />
      </SecretOnce>
    );
  }
  const submit = form.handleSubmit((values) =>
    make.mutate(values, {
      onError: (error) => {
        const refused = roleRefusal(error);
        if (refused) form.setError("roles", { message: refused });
        const wrongAction = isProblem(error) && error.code === "key.action";
        if (wrongAction) form.setError("actions", { message: problemSentence(error) });
        setLeft(refused || wrongAction ? null : showAtFields(error, form.setError, (path) => path in values));
      },
    }),
  );
  return (
    <FormDialog opened onClose={onClose} size="lg" title={t("settings.new_key")} action={t("settings.make_key")} pending={make.isPending} error={left} onSubmit={() => void submit()}>
      <TextInput label={t("settings.name")} description={t("settings.key_name_hint")} withAsterisk data-autofocus error={errors.name?.message} {...form.register("name")} />
      <Controller
        control={form.control}
        name="kind"
        render={({ field }) => (
          <Radio.Group label={t("federation.kind")} {...field}>
            <Stack gap="xs" mt={4}>
              {kinds.map((k) => (
                <Radio key={k} value={k} label={t(`federation.kinds.${k}`)} description={t(`federation.kind_hint.${k}`)} />
              ))}
            </Stack>
          </Radio.Group>
        )}
      />
      <Controller control={form.control} name="roles" render={({ field }) => <RoleSelect label={t("settings.roles")} withAsterisk error={errors.roles?.message} {...field} />} />
      <Switch label={t("federation.narrow")} description={t("federation.narrow_hint")} {...form.register("narrowed")} />
      {form.watch("narrowed") && (
        <Controller control={form.control} name="actions" render={({ field }) => <ActionSelect roles={roles} error={errors.actions?.message} {...field} />} />
      )}
      <TextInput type="date" label={t("settings.expires")} description={t("settings.expires_hint")} max={inDays(364)} error={errors.expires_at?.message} {...form.register("expires_at")} />
    </FormDialog>
  );
}

type Actions = { roles: string[]; value: string[]; onChange: (actions: string[]) => void; onBlur: () => void; error?: string };

/** Of what the roles may, some of it, in words. A key is always told why it is refused: agency.read need not be chosen. */
function ActionSelect({ roles, ...field }: Actions) {
  const { t } = useTranslation();
  const list = useQuery(rolesQuery);
  const may = new Set((list.data ?? []).filter((r) => roles.includes(r.key)).flatMap((r) => r.permissions ?? []));
  may.delete("agency.read");
  const data = byNoun([...may].sort().map((action) => ({ action }))).map(([noun, actions]) => ({ group: nounWord(t, noun), items: actions.map((a) => ({ value: a.action, label: doing(t, a.action) })) }));
  return (
    <MultiSelect
      label={t("federation.actions")}
      description={roles.length === 0 ? t("federation.actions_after_roles") : undefined}
      withAsterisk
      searchable
      hidePickedOptions
      clearable
      clearButtonProps={{ "aria-label": t("federation.actions_clear") }}
      nothingFoundMessage={t("federation.actions_none")}
      maxDropdownHeight={280}
      data={data}
      {...field}
      value={field.value.filter((a) => may.has(a))}
    />
  );
}
