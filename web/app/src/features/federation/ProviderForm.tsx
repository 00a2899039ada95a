import { zodResolver } from "@hookform/resolvers/zod";
import { PasswordInput, SimpleGrid, Stack, Switch, TagsInput, Text, TextInput } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useQueryClient } from "@tanstack/react-query";
import { type TFunction } from "i18next";
import { useMemo, useState } from "react";
import { Controller, FormProvider, useForm } from "react-hook-form";
import { useTranslation } from "react-i18next";
import { z } from "zod";
import { api, ifMatch, take } from "~/api/client";
import type { IdentityProvider } from "~/api/types";
import { useSend } from "~/api/useSend";
import { showAtFields } from "~/ui/form";
import { ProblemAlert } from "~/ui/ProblemAlert";
import { problemSentence } from "~/ui/problemWords";
import { SaveBar } from "~/ui/SaveBar";
import { Section } from "~/ui/Section";
import { useFollow } from "~/ui/useFollow";
import { formOf, newcomers, placeOf, type ProviderForm as Values, providerOf, providerQuery } from "./federation";
import { NewcomerFields } from "./NewcomerFields";

const filled = (t: TFunction, most: number) => z.string().trim().min(1, t("form.required")).max(most, t("form.too_long", { count: most }));

const shapeOf = (t: TFunction, configured: boolean) =>
  z
    .object({
      issuer: filled(t, 300).refine((v) => /^https?:\/\/\S+$/.test(v), t("federation.issuer_form")),
      client_id: filled(t, 300),
      client_secret: z.string().max(1000).refine((v) => configured || v !== "", t("form.required")),
      domains: z.array(z.string().regex(/^\s*@?[a-zA-Z0-9-]+(\.[a-zA-Z0-9-]+)+\s*$/, t("federation.domain_form"))).min(1, t("form.required")).max(50),
      newcomers: z.enum(newcomers),
      first_role: z.string(),
      role_claim: z.string().max(100),
      role_map: z.array(z.object({ value: z.string(), role: z.string() })).max(100),
      exclusive: z.boolean(),
    })
    .superRefine((v, at) => {
      const missing = (...path: (string | number)[]) => at.addIssue({ code: "custom", path, message: t("form.required") });
      if (v.newcomers === "role" && !v.first_role) missing("first_role");
      if (v.newcomers !== "claim") return;
      if (!v.role_claim.trim()) missing("role_claim");
      if (v.role_map.length === 0) at.addIssue({ code: "custom", path: ["newcomers"], message: t("federation.map_needed") });
      v.role_map.forEach((row, i) => {
        if (!row.value.trim()) missing("role_map", i, "value");
        if (!row.role) missing("role_map", i, "role");
      });
    });

/** Who vouches for the agency's people. Saving asks the provider at once for its description, so what is wrong is said at its field. */
export function ProviderForm({ provider, editable }: { provider: IdentityProvider; editable: boolean }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const [left, setLeft] = useState<unknown>(null);
  const start = useMemo(() => formOf(provider), [provider]);
  const form = useForm<Values>({ defaultValues: start, resolver: zodResolver(shapeOf(t, provider.configured)) });
  const { errors, isDirty } = form.formState;
  useFollow(form, start);
  const save = useSend<Values, IdentityProvider>({
    send: (values) => take(api.PUT("/api/v1/agency/identity-provider", { params: { header: ifMatch(provider.version) }, body: providerOf(values) })),
    touches: [],
    onDone: (saved) => {
      client.setQueryData(providerQuery.queryKey, saved);
      form.reset(formOf(saved));
      setLeft(null);
      notifications.show({ color: "moss", message: t("form.saved") });
    },
  });
  const submit = form.handleSubmit((values) =>
    save.mutate(values, {
      onError: (error) => {
        if (error.stale) void client.invalidateQueries({ queryKey: providerQuery.queryKey });
        const place = placeOf(error);
        if (place) form.setError(place, { type: "server", message: problemSentence(error) }, { shouldFocus: true });
        setLeft(error.stale || place ? null : showAtFields(error, form.setError, (path) => path in values));
      },
    }),
  );
  const wrongDomain = Array.isArray(errors.domains) ? errors.domains.find((e) => e)?.message : errors.domains?.message;
  return (
    <FormProvider {...form}>
      <form noValidate onSubmit={(e) => void submit(e)}>
        <Stack>
          <ProblemAlert error={left} />
          <Section title={t("federation.provider")}>
            <Stack gap="sm">
              <TextInput label={t("federation.issuer")} description={t("federation.issuer_hint")} type="url" inputMode="url" placeholder="https://" withAsterisk disabled={!editable} error={errors.issuer?.message} {...form.register("issuer")} />
              <SimpleGrid cols={{ base: 1, xs: 2 }} spacing="sm">
                <TextInput label={t("federation.client_id")} description={t("federation.client_id_hint")} autoComplete="off" withAsterisk disabled={!editable} error={errors.client_id?.message} {...form.register("client_id")} />
                <PasswordInput
                  label={t("federation.client_secret")}
                  description={provider.configured ? t("federation.secret_kept") : t("federation.secret_hint")}
                  autoComplete="new-password"
                  withAsterisk={!provider.configured}
                  disabled={!editable}
                  error={errors.client_secret?.message}
                  visibilityToggleButtonProps={{ "aria-label": t("form.show_secret") }}
                  {...form.register("client_secret")}
                />
              </SimpleGrid>
              <Controller
                control={form.control}
                name="domains"
                render={({ field }) => <TagsInput label={t("federation.domains")} description={t("federation.domains_hint")} withAsterisk disabled={!editable} error={wrongDomain} {...field} />}
              />
            </Stack>
          </Section>
          <Section title={t("federation.newcomers")}>
            <NewcomerFields disabled={!editable} />
          </Section>
          <Section title={t("federation.exclusive_title")}>
            <Controller
              control={form.control}
              name="exclusive"
              render={({ field }) => (
                <Switch
                  label={t("federation.exclusive")}
                  description={t("federation.exclusive_hint")}
                  checked={field.value}
                  disabled={!editable || !provider.configured}
                  error={errors.exclusive?.message}
                  onChange={(e) => {
                    form.clearErrors("exclusive");
                    field.onChange(e.currentTarget.checked);
                  }}
                  ref={field.ref}
                />
              )}
            />
            <Text size="sm" c="dimmed" mt="xs">
              {provider.configured ? t("federation.exclusive_means") : t("federation.exclusive_later")}
            </Text>
          </Section>
        </Stack>
        <SaveBar dirty={isDirty && editable} pending={save.isPending} onReset={() => form.reset(start)} />
      </form>
    </FormProvider>
  );
}
