import { zodResolver } from "@hookform/resolvers/zod";
import { Button, PasswordInput, Stack, TextInput } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useRouter, useSearch } from "@tanstack/react-router";
import { useForm } from "react-hook-form";
import { useTranslation } from "react-i18next";
import { z } from "zod";
import { api, take } from "~/api/client";
import type { Me } from "~/api/types";
import { useTakeUp } from "~/app/session";
import { TextLink } from "~/ui/links";
import { ProblemAlert } from "~/ui/ProblemAlert";
import { AuthFrame } from "./AuthFrame";
import { LinkSignIn } from "./LinkSignIn";

/** Where a person comes in: by password, or by a link that works once. */
export function LoginPage() {
  const { token, next } = useSearch({ from: "/login" });
  return token ? <LinkSignIn token={token} /> : <PasswordSignIn next={next} />;
}

function PasswordSignIn({ next }: { next: string | undefined }) {
  const { t } = useTranslation();
  const router = useRouter();
  const takeUp = useTakeUp();
  const form = useForm({
    defaultValues: { email: "", password: "" },
    resolver: zodResolver(z.object({ email: z.email(t("form.email")), password: z.string().min(1, t("form.required")) })),
  });
  const signIn = useMutation({
    mutationFn: async (body: { email: string; password: string }) => (await take(api.POST("/api/v1/auth/login", { body }))) as Me,
    onSuccess: (me) => {
      takeUp(me);
      // Only addresses of our own: `//elsewhere` is another site.
      router.history.push(next && /^\/(?!\/)/.test(next) ? next : "/");
    },
  });
  return (
    <AuthFrame title={t("auth.sign_in")} hint={next ? t("auth.sign_in_to_go_on") : undefined}>
      <form noValidate onSubmit={(e) => void form.handleSubmit((v) => signIn.mutate(v))(e)}>
        <Stack gap="md">
          <ProblemAlert error={signIn.error} />
          <TextInput label={t("auth.email")} type="email" autoComplete="username" autoFocus error={form.formState.errors.email?.message} {...form.register("email")} />
          <PasswordInput
            label={t("auth.password")}
            autoComplete="current-password"
            error={form.formState.errors.password?.message}
            visibilityToggleButtonProps={{ "aria-label": t("form.show_secret") }}
            {...form.register("password")}
          />
          <Button type="submit" size="md" loading={signIn.isPending}>
            {t("auth.sign_in")}
          </Button>
          <TextLink to="/forgot" size="sm">
            {t("auth.forgot")}
          </TextLink>
        </Stack>
      </form>
    </AuthFrame>
  );
}
