import { Button, Text } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { api, take } from "~/api/client";
import type { ProblemError } from "~/api/problem";
import { ButtonLink } from "~/ui/links";
import { Loading } from "~/ui/Loading";
import { ProblemAlert } from "~/ui/ProblemAlert";
import { Outside } from "./Outside";
import { linkQuery, selfQuery, visitKey } from "./portal";
import { shutOut } from "./visit";

/** Somebody has followed the mailed link. It is spent by their own click, so whatever looks through mails spends nothing. */
export function Arrival({ token }: { token: string }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const navigate = useNavigate();
  const link = useQuery(linkQuery(token));
  const enter = useMutation<unknown, ProblemError>({
    mutationFn: () => take(api.POST("/api/v1/portal/session", { body: { token } })),
    onSuccess: async () => {
      client.removeQueries({ queryKey: visitKey, predicate: (q) => q.queryKey[1] !== "link" }); // of whoever was here before
      await navigate({ to: "/portal", replace: true }); // the address keeps no trace of the link
    },
    onError: (error) => {
      if (shutOut(error)) void link.refetch(); // somebody was faster: the link says so itself
    },
  });
  if (shutOut(link.error)) return <Spent state="unknown" agency={t("portal.the_agency")} />;
  if (link.isError) {
    return (
      <Outside title={t("portal.title")}>
        <ProblemAlert error={link.error} onRetry={() => void link.refetch()} />
      </Outside>
    );
  }
  if (!link.data) {
    return (
      <Outside title={t("portal.title")}>
        <Loading />
      </Outside>
    );
  }
  if (link.data.state !== "open") return <Spent state={link.data.state} agency={link.data.agency} />;
  return (
    <Outside title={link.data.agency}>
      <Text>{t("portal.welcome")}</Text>
      <ProblemAlert error={shutOut(enter.error) ? null : enter.error} />
      <Button size="lg" loading={enter.isPending} onClick={() => enter.mutate()}>
        {t("portal.open")}
      </Button>
      <Text size="sm" c="dimmed">
        {t("portal.open_hint")}
      </Text>
    </Outside>
  );
}

/** A link that opens nothing any more, and what to do. */
function Spent({ state, agency }: { state: "used" | "expired" | "unknown"; agency: string }) {
  const { t } = useTranslation();
  const me = useQuery({ ...selfQuery, enabled: state === "used" });
  return (
    <Outside title={t(`portal.spent.${state}`)}>
      <Text>{t("portal.spent_hint", { agency })}</Text>
      {me.data && (
        <ButtonLink to="/portal" replace variant="default">
          {t("portal.spent_open")}
        </ButtonLink>
      )}
    </Outside>
  );
}
