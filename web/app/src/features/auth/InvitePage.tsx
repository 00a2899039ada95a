import { zodResolver } from "@hookform/resolvers/zod";
import { Button, PasswordInput, Stack, TextInput } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useNavigate, useParams } from "@tanstack/react-router";
import { useForm } from "react-hook-form";
import { useTranslation } from "react-i18next";
import { z } from "zod";
import { api, take } from "~/api/client";
import type { Me } from "~/api/types";
import { useTakeUp } from "~/app/session";
import { ProblemAlert } from "~/ui/ProblemAlert";
import { AuthFrame } from "./AuthFrame";
import { passwordRule } from "./password";

/** Takes up an invitation: a name, a password, and one is in. */
export function InvitePage() {
  const { t } = useTranslation();
  const { token } = useParams({ from: "/invite/$token" });
  const navigate = useNavigate();
  const takeUp = useTakeUp();
  const form = useForm({
    defaultValues: { name: "", password: "" },
    resolver: zodResolver(z.object({ name: z.string().trim().min(1, t("form.required")).max(200), password: passwordRule(t("auth.password_rule")) })),
  });
  const accept = useMutation({
    mutationFn: async (body: { name: string; password: string }) => (await take(api.POST("/api/v1/auth/invitations/{token}", { params: { path: { token } }, body }))) as Me,
    onSuccess: (me) => {
      takeUp(me);
      void navigate({ to: "/", replace: true });
    },
  });
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
