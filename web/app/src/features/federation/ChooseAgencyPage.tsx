import { Button, Stack } from "@mantine/core";
import { useMutation, useSuspenseQuery } from "@tanstack/react-query";
import { useRouter } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { api, take } from "~/api/client";
import type { Me } from "~/api/types";
import { meQuery, useTakeUp } from "~/app/session";
import { AuthFrame } from "~/features/auth/AuthFrame";
import { TextLink } from "~/ui/links";
import { ProblemAlert } from "~/ui/ProblemAlert";
import { toProvider } from "./toProvider";

/** Where somebody stands who is signed in and in no agency: the one they would be in takes only those who come by its provider. */
export function ChooseAgencyPage() {
  const { t } = useTranslation();
  const { data: me } = useSuspenseQuery(meQuery);
  const takeUp = useTakeUp();
  const router = useRouter();
  const choose = useMutation({
    mutationFn: async (agency_id: string) => (await take(api.POST("/api/v1/auth/agency", { body: { agency_id } }))) as Me,
    onSuccess: (next) => {
      takeUp(next);
      router.history.replace("/");
    },
    onError: (error, agency) => toProvider(router, error, agency),
  });
  return (
    <AuthFrame title={t("federation.choose")} hint={t("federation.choose_hint")}>
      <ProblemAlert error={choose.error} />
      <Stack gap="xs">
        {(me.agencies ?? []).map((a) => (
          <Button key={a.id} variant="default" size="md" loading={choose.isPending && choose.variables === a.id} onClick={() => choose.mutate(a.id)}>
            {a.name}
          </Button>
        ))}
      </Stack>
      <TextLink to="/login" size="sm">
        {t("federation.other_account")}
      </TextLink>
    </AuthFrame>
  );
}
