import { Alert, Button } from "@mantine/core";
import { IconMailCheck } from "@tabler/icons-react";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { api, take } from "~/api/client";
import { meQuery } from "~/app/session";
import { ProblemAlert } from "~/ui/ProblemAlert";

/** Mails the signed-in person a link to choose a password. */
export function PasswordLink() {
  const { t } = useTranslation();
  const { data: me } = useQuery(meQuery);
  const ask = useMutation({ mutationFn: (email: string) => take(api.POST("/api/v1/auth/password-reset", { body: { email } })) });
  if (ask.isSuccess) {
    return (
      <Alert color="moss" icon={<IconMailCheck aria-hidden />} title={t("auth.forgot_sent")} role="status">
        {t("security.password_sent", { email: me?.user.email })}
      </Alert>
    );
  }
  return (
    <>
      <ProblemAlert error={ask.error} />
      <Button variant="default" loading={ask.isPending} onClick={() => me && ask.mutate(me.user.email)}>
        {t("security.password_set")}
      </Button>
    </>
  );
}
