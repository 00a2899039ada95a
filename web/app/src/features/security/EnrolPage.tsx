import { Button, Stack, Text } from "@mantine/core";
import { IconDeviceMobile, IconFingerprint } from "@tabler/icons-react";
import { useMutation, useQuery } from "@tanstack/react-query";
import { Navigate, useRouter } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, take } from "~/api/client";
import type { AppSecret, Me } from "~/api/types";
import { meQuery, useTakeUp } from "~/app/session";
import { AuthFrame } from "~/features/auth/AuthFrame";
import { Loading } from "~/ui/Loading";
import { ProblemAlert } from "~/ui/ProblemAlert";
import { AddPasskeyDialog } from "./AddPasskeyDialog";
import { AppDialog } from "./AppDialog";
import { passkeysWork } from "./webauthn";

/** Where somebody stands whose agency wants a second factor and who has none: they add one, or leave. */
export function EnrolPage() {
  const { t } = useTranslation();
  const me = useQuery(meQuery);
  if (me.isPending) return <Loading />;
  if (!me.data) return <Navigate to="/login" replace />;
  return (
    <AuthFrame title={t("security.enrol")} hint={t("security.enrol_hint", { agency: me.data.agency?.name ?? "" })}>
      <Ways />
    </AuthFrame>
  );
}

function Ways() {
  const { t } = useTranslation();
  const router = useRouter();
  const takeUp = useTakeUp();
  const [adding, setAdding] = useState(false);
  const [secret, setSecret] = useState<AppSecret | null>(null);
  const begin = useMutation({ mutationFn: () => take(api.POST("/api/v1/me/totp")), onSuccess: setSecret });
  const goOn = useMutation({
    mutationFn: async () => (await take(api.GET("/api/v1/me"))) as Me,
    onSuccess: (me) => {
      takeUp(me);
      router.history.push("/");
    },
  });
  const leave = useMutation({ mutationFn: () => take(api.POST("/api/v1/auth/logout")), onSuccess: () => window.location.assign("/login") });
  return (
    <Stack gap="md">
      <ProblemAlert error={begin.error ?? goOn.error ?? leave.error} />
      <Button size="md" leftSection={<IconFingerprint size={18} aria-hidden />} disabled={!passkeysWork()} onClick={() => setAdding(true)}>
        {t("security.passkey_add")}
      </Button>
      <Text size="sm" c="dimmed">
        {passkeysWork() ? t("security.passkeys_hint") : t("problem.code.web_no_passkeys")}
      </Text>
      <Button size="md" variant="default" leftSection={<IconDeviceMobile size={18} aria-hidden />} loading={begin.isPending} onClick={() => begin.mutate()}>
        {t("security.app_add")}
      </Button>
      <Text size="sm" c="dimmed">
        {t("security.app_hint")}
      </Text>
      <Button variant="subtle" size="compact-sm" onClick={() => leave.mutate()}>
        {t("shell.logout")}
      </Button>
      {adding && <AddPasskeyDialog onClose={() => setAdding(false)} onAdded={() => goOn.mutate()} />}
      {secret && <AppDialog secret={secret} onClose={() => setSecret(null)} onAdded={() => goOn.mutate()} />}
    </Stack>
  );
}
