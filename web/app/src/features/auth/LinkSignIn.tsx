import { Group, Loader, Text } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import { api, take } from "~/api/client";
import type { Me } from "~/api/types";
import { useTakeUp } from "~/app/session";
import { TextLink } from "~/ui/links";
import { ProblemAlert } from "~/ui/ProblemAlert";
import { AuthFrame } from "./AuthFrame";

/** Signs in by the link's token at once, and says so when the link is spent. */
export function LinkSignIn({ token }: { token: string }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const takeUp = useTakeUp();
  const { mutate, error, isError } = useMutation({
    mutationFn: async () => (await take(api.POST("/api/v1/auth/login", { body: { token } }))) as Me,
    onSuccess: (me) => {
      takeUp(me);
      void navigate({ to: "/", replace: true });
    },
  });
  const spent = useRef<string>(null);
  useEffect(() => {
    if (spent.current === token) return; // a link works once: mounting twice must not spend it twice
    spent.current = token;
    mutate();
  }, [token, mutate]);
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
