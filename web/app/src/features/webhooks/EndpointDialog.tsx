import { zodResolver } from "@hookform/resolvers/zod";
import { Checkbox, Stack, Text, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { Controller, useForm } from "react-hook-form";
import { useTranslation } from "react-i18next";
import { z } from "zod";
import { api, ifMatch, take } from "~/api/client";
import { useSend } from "~/api/useSend";
import { FormDialog } from "~/ui/FormDialog";
import { showAtFields } from "~/ui/form";
import { SecretOnce } from "~/ui/SecretOnce";
import { byNoun, type Endpoint, kindsQuery, type NewEndpoint, wordOf } from "./webhooks";

type Props = { endpoint?: Endpoint; onClose: () => void };

/** Registers an address, and shows its secret: the only time anybody sees it. Of one that is there, the whole address is never read back. */
export function EndpointDialog({ endpoint, onClose }: Props) {
  const { t } = useTranslation();
  const [made, setMade] = useState<NewEndpoint | null>(null);
  const [left, setLeft] = useState<unknown>(null);
  const shape = z.object({
    url: z.string().trim().max(2000).refine((v) => v !== "" || endpoint !== undefined, t("form.required")),
    description: z.string().trim().max(200),
    types: z.array(z.string()).min(1, t("form.required")),
  });
  type Values = z.infer<typeof shape>;
  const form = useForm<Values>({ defaultValues: { url: "", description: endpoint?.description ?? "", types: endpoint?.types ?? [] }, resolver: zodResolver(shape) });
  const { errors } = form.formState;
  const save = useSend<Values, Endpoint | NewEndpoint>({
    send: ({ url, description, types }, once) => {
      const body = { description, types };
      if (endpoint) {
        return take(api.PATCH("/api/v1/webhooks/{id}", { params: { path: { id: endpoint.id }, header: ifMatch(endpoint.version) }, body: { ...body, ...(url && { url }) } }));
      }
      return take(api.POST("/api/v1/webhooks", { params: { header: once({ ...body, url }) }, body: { ...body, url } }));
    },
    touches: ["webhooks"],
    onDone: (out) => ("secret" in out ? setMade(out) : onClose()),
  });
  if (made) {
    return (
      <SecretOnce title={made.description || made.address} secret={made.secret} onClose={onClose}>
        <Text size="sm">{t("webhooks.secret_hint")}</Text>
      </SecretOnce>
    );
  }
  const submit = form.handleSubmit((values) => save.mutate(values, { onError: (error) => setLeft(showAtFields(error, form.setError, (path) => path in values)) }));
  return (
    <FormDialog
      opened
      onClose={onClose}
      size="lg"
      title={endpoint ? endpoint.description || endpoint.address : t("webhooks.add")}
      action={endpoint ? t("common.save") : t("webhooks.register")}
      pending={save.isPending}
      error={left}
      onSubmit={() => void submit()}
    >
      <TextInput
        label={t("webhooks.address")}
        description={endpoint ? t("webhooks.address_kept", { address: endpoint.address }) : t("webhooks.address_hint")}
        placeholder="https://"
        type="url"
        inputMode="url"
        autoComplete="off"
        spellCheck={false}
        withAsterisk={!endpoint}
        data-autofocus
        error={errors.url?.message}
        {...form.register("url")}
      />
      <TextInput label={t("webhooks.description")} description={t("webhooks.description_hint")} error={errors.description?.message} {...form.register("description")} />
      <Controller control={form.control} name="types" render={({ field }) => <TypeChoice value={field.value} onChange={field.onChange} error={errors.types?.message} />} />
    </FormDialog>
  );
}

type Choice = { value: string[]; onChange: (types: string[]) => void; error?: string };

function TypeChoice({ value, onChange, error }: Choice) {
  const { t } = useTranslation();
  const kinds = useQuery(kindsQuery);
  const all = (kinds.data ?? []).map((k) => k.type);
  return (
    <Checkbox.Group label={t("webhooks.events")} description={t("webhooks.events_hint")} withAsterisk value={value} onChange={onChange} error={error}>
      <Stack gap="md" mt="xs">
        <Checkbox
          label={t("webhooks.all_types")}
          checked={all.length > 0 && value.length === all.length}
          indeterminate={value.length > 0 && value.length < all.length}
          onChange={(e) => onChange(e.currentTarget.checked ? all : [])}
        />
        {byNoun(all).map(({ noun, types }) => (
          <Stack key={noun} gap={6} role="group" aria-label={t(`webhooks.noun.${noun}`)}>
            <Text size="sm" fw={600}>
              {t(`webhooks.noun.${noun}`)}
            </Text>
            {types.map((type) => (
              <Checkbox key={type} value={type} label={t(`webhooks.type.${wordOf(type)}`)} />
            ))}
          </Stack>
        ))}
      </Stack>
    </Checkbox.Group>
  );
}
