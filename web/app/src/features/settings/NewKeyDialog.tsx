import { zodResolver } from "@hookform/resolvers/zod";
import { Alert, Button, Code, CopyButton, Group, Modal, Stack, TextInput } from "@mantine/core";
import { IconCheck, IconCopy, IconKey } from "@tabler/icons-react";
import { useState } from "react";
import { Controller, useForm } from "react-hook-form";
import { useTranslation } from "react-i18next";
import { z } from "zod";
import { api, take } from "~/api/client";
import { useSend } from "~/api/useSend";
import type { NewApiKey } from "~/api/types";
import { FormDialog } from "~/ui/FormDialog";
import { showAtFields } from "~/ui/form";
import { RoleSelect } from "./RoleSelect";

const inDays = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10);

/** Makes a key, then shows its secret: the only time anybody sees it. */
export function NewKeyDialog({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  const [made, setMade] = useState<NewApiKey | null>(null);
  const [left, setLeft] = useState<unknown>(null);
  const shape = z.object({
    name: z.string().trim().min(1, t("form.required")).max(200),
    roles: z.array(z.string()).min(1, t("form.required")),
    expires_at: z.iso.date(t("form.date")),
  });
  type Values = z.infer<typeof shape>;
  const form = useForm<Values>({ defaultValues: { name: "", roles: [], expires_at: inDays(90) }, resolver: zodResolver(shape) });
  const { errors } = form.formState;
  const make = useSend<Values, NewApiKey>({
    send: (values, once) => {
      const body = { ...values, expires_at: `${values.expires_at}T23:59:59Z` };
      return take(api.POST("/api/v1/api-keys", { params: { header: once(body) }, body }));
    },
    touches: ["api_keys"],
    onDone: setMade,
  });
  if (made) return <Secret made={made} onClose={onClose} />;
  const submit = form.handleSubmit((values) => make.mutate(values, { onError: (error) => setLeft(showAtFields(error, form.setError, (path) => path in values)) }));
  return (
    <FormDialog opened onClose={onClose} title={t("settings.new_key")} action={t("settings.make_key")} pending={make.isPending} error={left} onSubmit={() => void submit()}>
      <TextInput label={t("settings.name")} description={t("settings.key_name_hint")} withAsterisk data-autofocus error={errors.name?.message} {...form.register("name")} />
      <Controller control={form.control} name="roles" render={({ field }) => <RoleSelect label={t("settings.roles")} withAsterisk error={errors.roles?.message} {...field} />} />
      <TextInput type="date" label={t("settings.expires")} description={t("settings.expires_hint")} max={inDays(364)} error={errors.expires_at?.message} {...form.register("expires_at")} />
    </FormDialog>
  );
}

function Secret({ made, onClose }: { made: NewApiKey; onClose: () => void }) {
  const { t } = useTranslation();
  return (
    <Modal opened onClose={onClose} title={made.name} closeOnClickOutside={false} closeButtonProps={{ "aria-label": t("common.close") }}>
      <Stack gap="md">
        <Alert color="ochre" icon={<IconKey aria-hidden />} title={t("settings.secret_once")}>
          {t("settings.secret_once_hint")}
        </Alert>
        <Code block style={{ overflowWrap: "anywhere", whiteSpace: "pre-wrap" }}>
          {made.secret}
        </Code>
        <Group justify="flex-end">
          <CopyButton value={made.secret}>
            {({ copied, copy }) => (
              <Button variant={copied ? "default" : "filled"} leftSection={copied ? <IconCheck size={16} aria-hidden /> : <IconCopy size={16} aria-hidden />} onClick={copy} data-autofocus>
                {copied ? t("settings.copied") : t("settings.copy")}
              </Button>
            )}
          </CopyButton>
          <Button variant="default" onClick={onClose}>
            {t("common.close")}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}
