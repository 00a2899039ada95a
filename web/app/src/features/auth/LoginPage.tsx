import { zodResolver } from "@hookform/resolvers/zod";
import { Button, PasswordInput, Stack, TextInput } from "@mantine/core";
import { IconFingerprint } from "@tabler/icons-react";
import { useMutation } from "@tanstack/react-query";
import { useSearch } from "@tanstack/react-router";
import { useForm } from "react-hook-form";
import { useTranslation } from "react-i18next";
import { z } from "zod";
import { api, take } from "~/api/client";
import { refusal } from "~/api/problem";
import type { SignIn } from "~/api/types";
import { ProviderSignIn } from "~/features/federation/ProviderSignIn";
import { rememberedProvider } from "~/features/federation/federation";
import { passkeyAnswer } from "~/features/security/security";
import { passkeysWork } from "~/features/security/webauthn";
import { TextLink } from "~/ui/links";
import { ProblemAlert } from "~/ui/ProblemAlert";
import { AuthFrame } from "./AuthFrame";
import { LinkSignIn } from "./LinkSignIn";
import { SecondStep } from "./SecondStep";
import { useArrival } from "./useArrival";

/** Where a person comes in: by password, by their agency's provider, or by a link that works once. */
export function LoginPage() {
  const { token, ...search } = useSearch({ from: "/login" });
  return token ? <LinkSignIn token={token} /> : <PasswordSignIn {...search} />;
}

type Props = { next?: string; agency?: string; refused?: string };

/** `agency` offers that one's provider; `refused` is the code that a sign-in by it ended with. */
function PasswordSignIn({ next, agency = rememberedProvider(), refused }: Props) {
  const { t } = useTranslation();
  const { arrive, waits, again, ended } = useArrival(next);
  const form = useForm({
    defaultValues: { email: "", password: "" },
    resolver: zodResolver(z.object({ email: z.email(t("form.email")), password: z.string().min(1, t("form.required")) })),
  });
  const signIn = useMutation({
    mutationFn: async (body: { email: string; password: string }) => (await take(api.POST("/api/v1/auth/login", { body }))) as SignIn,
    onSuccess: arrive,
  });
  const byPasskey = useMutation({
    mutationFn: async () => (await take(api.POST("/api/v1/auth/passkey", { body: { passkey: await passkeyAnswer() } }))) as SignIn,
    onMutate: () => signIn.reset(),
    onSuccess: arrive,
  });
  if (waits) return <SecondStep factors={waits} onDone={arrive} onAgain={again} />;
  return (
    <AuthFrame title={t("auth.sign_in")} hint={next ? t("auth.sign_in_to_go_on") : undefined}>
      <form noValidate onSubmit={(e) => void form.handleSubmit((v) => {
          byPasskey.reset();
          signIn.mutate(v);
        })(e)}>
        <Stack gap="md">
          <ProblemAlert error={signIn.error ?? byPasskey.error ?? ended ?? (refused && signIn.isIdle && byPasskey.isIdle ? refusal(refused) : null)} />
          {agency && <ProviderSignIn agency={agency} />}
          <TextInput label={t("auth.email")} type="email" autoComplete="username" autoFocus={!agency} error={form.formState.errors.email?.message} {...form.register("email")} />
          <PasswordInput
            label={t("auth.password")}
            autoComplete="current-password"
            error={form.formState.errors.password?.message}
            visibilityToggleButtonProps={{ "aria-label": t("form.show_secret") }}
            {...form.register("password")}
          />
          <Button type="submit" size="md" variant={agency ? "default" : "filled"} loading={signIn.isPending}>
            {t("auth.sign_in")}
          </Button>
          {passkeysWork() && (
            <Button variant="default" size="md" leftSection={<IconFingerprint size={18} aria-hidden />} loading={byPasskey.isPending} onClick={() => byPasskey.mutate()}>
              {t("auth.passkey")}
            </Button>
          )}
          <TextLink to="/forgot" size="sm">
            {t("auth.forgot")}
          </TextLink>
        </Stack>
      </form>
    </AuthFrame>
  );
}
