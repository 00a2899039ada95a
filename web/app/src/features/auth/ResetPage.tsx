import { zodResolver } from "@hookform/resolvers/zod";
import { Alert, Button, PasswordInput, Stack } from "@mantine/core";
import { IconCircleCheck } from "@tabler/icons-react";
import { useMutation } from "@tanstack/react-query";
import { useParams } from "@tanstack/react-router";
import { useForm } from "react-hook-form";
import { useTranslation } from "react-i18next";
import { z } from "zod";
import { api, take } from "~/api/client";
import { isProblem } from "~/api/problem";
import { ButtonLink, TextLink } from "~/ui/links";
import { ProblemAlert } from "~/ui/ProblemAlert";
import { AuthFrame } from "./AuthFrame";
import { passwordRule } from "./password";

/** Sets a new password by the mailed link. */
export function ResetPage() {
  const { t } = useTranslation();
  const { token } = useParams({ from: "/reset/$token" });
  const form = useForm({ defaultValues: { password: "" }, resolver: zodResolver(z.object({ password: passwordRule(t("auth.password_rule")) })) });
  const reset = useMutation({
    mutationFn: (body: { password: string }) => take(api.POST("/api/v1/auth/password-reset/{token}", { params: { path: { token } }, body })),
  });
  if (reset.isSuccess) {
    return (
      <AuthFrame title={t("auth.reset_title")}>
        <Alert color="moss" icon={<IconCircleCheck aria-hidden />} title={t("auth.reset_done")} role="status">
          {t("auth.reset_done_hint")}
        </Alert>
        <ButtonLink to="/login" size="md">
          {t("auth.sign_in")}
        </ButtonLink>
      </AuthFrame>
    );
  }
  return (
    <AuthFrame title={t("auth.reset_title")} hint={t("auth.reset_hint")}>
      <form noValidate onSubmit={(e) => void form.handleSubmit((v) => reset.mutate(v))(e)}>
        <Stack gap="md">
          <ProblemAlert error={reset.error} />
          {isProblem(reset.error) && reset.error.code === "auth.link" && <TextLink to="/forgot">{t("auth.new_link")}</TextLink>}
          <PasswordInput
            label={t("auth.new_password")}
            description={t("auth.password_rule")}
            autoComplete="new-password"
            autoFocus
            error={form.formState.errors.password?.message}
            visibilityToggleButtonProps={{ "aria-label": t("form.show_secret") }}
            {...form.register("password")}
          />
          <Button type="submit" size="md" loading={reset.isPending}>
            {t("auth.set_password")}
          </Button>
        </Stack>
      </form>
    </AuthFrame>
  );
}
