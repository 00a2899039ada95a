import { zodResolver } from "@hookform/resolvers/zod";
import { Alert, Button, Stack, TextInput } from "@mantine/core";
import { IconMailCheck } from "@tabler/icons-react";
import { useMutation } from "@tanstack/react-query";
import { useForm } from "react-hook-form";
import { useTranslation } from "react-i18next";
import { z } from "zod";
import { api, take } from "~/api/client";
import { TextLink } from "~/ui/links";
import { ProblemAlert } from "~/ui/ProblemAlert";
import { AuthFrame } from "./AuthFrame";

/** Asks for a link to a new password. What it says is the same whether we know the address or not. */
export function ForgotPage() {
  const { t } = useTranslation();
  const form = useForm({ defaultValues: { email: "" }, resolver: zodResolver(z.object({ email: z.email(t("form.email")) })) });
  const ask = useMutation({ mutationFn: (body: { email: string }) => take(api.POST("/api/v1/auth/password-reset", { body })) });
  return (
    <AuthFrame title={t("auth.forgot_title")} hint={ask.isSuccess ? undefined : t("auth.forgot_hint")}>
      {ask.isSuccess ? (
        <Alert color="moss" icon={<IconMailCheck aria-hidden />} title={t("auth.forgot_sent")} role="status">
          {t("auth.forgot_sent_hint", { email: form.getValues("email") })}
        </Alert>
      ) : (
        <form noValidate onSubmit={(e) => void form.handleSubmit((v) => ask.mutate(v))(e)}>
          <Stack gap="md">
            <ProblemAlert error={ask.error} />
            <TextInput label={t("auth.email")} type="email" autoComplete="username" autoFocus error={form.formState.errors.email?.message} {...form.register("email")} />
            <Button type="submit" size="md" loading={ask.isPending}>
              {t("auth.send_link")}
            </Button>
          </Stack>
        </form>
      )}
      <TextLink to="/login" size="sm">
        {t("auth.back")}
      </TextLink>
    </AuthFrame>
  );
}
