import { zodResolver } from "@hookform/resolvers/zod";
import { Button, PasswordInput, Stack, TextInput } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useParams } from "@tanstack/react-router";
import { useForm } from "react-hook-form";
import { useTranslation } from "react-i18next";
import { z } from "zod";
import { api, take } from "~/api/client";
import type { SignIn } from "~/api/types";
import { ProblemAlert } from "~/ui/ProblemAlert";
import { AuthFrame } from "./AuthFrame";
import { passwordRule } from "./password";
import { SecondStep } from "./SecondStep";
import { useArrival } from "./useArrival";

/** Takes up an invitation: a name, a password, and one is in. */
export function InvitePage() {
  const { t } = useTranslation();
  const { token } = useParams({ from: "/invite/$token" });
  const { arrive, waits } = useArrival();
  const form = useForm({
    defaultValues: { name: "", password: "" },
    resolver: zodResolver(z.object({ name: z.string().trim().min(1, t("form.required")).max(200), password: passwordRule(t("auth.password_rule")) })),
  });
  const accept = useMutation({
    mutationFn: async (body: { name: string; password: string }) => (await take(api.POST("/api/v1/auth/invitations/{token}", { params: { path: { token } }, body }))) as SignIn,
    onSuccess: arrive,
  });
  if (waits) return <SecondStep factors={waits} onDone={arrive} />;
  return (
    <AuthFrame title={t("auth.invite_title")} hint={t("auth.invite_hint")}>
      <form noValidate onSubmit={(e) => void form.handleSubmit((v) => accept.mutate(v))(e)}>
        <Stack gap="md">
          <ProblemAlert error={accept.error} />
          <TextInput label={t("auth.name")} autoComplete="name" autoFocus error={form.formState.errors.name?.message} {...form.register("name")} />
          <PasswordInput
            label={t("auth.password")}
            description={t("auth.password_rule")}
            autoComplete="new-password"
            error={form.formState.errors.password?.message}
            visibilityToggleButtonProps={{ "aria-label": t("form.show_secret") }}
            {...form.register("password")}
          />
          <Button type="submit" size="md" loading={accept.isPending}>
            {t("auth.accept")}
          </Button>
        </Stack>
      </form>
    </AuthFrame>
  );
}
