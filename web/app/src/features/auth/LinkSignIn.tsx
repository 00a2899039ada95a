import { Group, Loader, Text } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import { api, take } from "~/api/client";
import type { SignIn } from "~/api/types";
import { TextLink } from "~/ui/links";
import { ProblemAlert } from "~/ui/ProblemAlert";
import { AuthFrame } from "./AuthFrame";
import { SecondStep } from "./SecondStep";
import { useArrival } from "./useArrival";

/** Signs in by the link's token at once, and says so when the link is spent. */
export function LinkSignIn({ token }: { token: string }) {
  const { t } = useTranslation();
  const { arrive, waits } = useArrival();
  const { mutate, error, isError } = useMutation({
    mutationFn: async () => (await take(api.POST("/api/v1/auth/login", { body: { token } }))) as SignIn,
    onSuccess: arrive,
  });
  const spent = useRef<string>(null);
  useEffect(() => {
    if (spent.current === token) return; // a link works once: mounting twice must not spend it twice
    spent.current = token;
    mutate();
  }, [token, mutate]);
  if (waits) return <SecondStep factors={waits} onDone={arrive} />;
  return (
    <AuthFrame title={t("auth.sign_in")}>
      {isError ? (
        <>
          <ProblemAlert error={error} />
          <TextLink to="/login">{t("auth.by_password")}</TextLink>
        </>
      ) : (
        <Group gap="sm" role="status">
          <Loader size="sm" />
          <Text>{t("auth.signing_in")}</Text>
        </Group>
      )}
    </AuthFrame>
  );
}
