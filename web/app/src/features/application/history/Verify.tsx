import { Alert, Button } from "@mantine/core";
import { IconShieldCheck, IconShieldX } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { api, take } from "~/api/client";
import { keys } from "~/api/keys";
import { ProblemAlert } from "~/ui/ProblemAlert";

/** Runs the history again on the server: asked for by a person, never by itself. */
export function useReplay(id: string) {
  return useQuery({
    queryKey: keys.one("applications", id, "replay"),
    queryFn: () => take(api.GET("/api/v1/applications/{id}/replay", { params: { path: { id } } })),
    enabled: false,
    gcTime: 0, // a verdict is about the moment it was asked for
  });
}

type Props = { replay: ReturnType<typeof useReplay> };

export function VerifyButton({ replay }: Props) {
  const { t } = useTranslation();
  return (
    <Button size="compact-sm" variant="light" leftSection={<IconShieldCheck size={16} aria-hidden />} loading={replay.isFetching} onClick={() => void replay.refetch()}>
      {t("application.history.verify")}
    </Button>
  );
}

/** What the replay came to: the same state, or the row that does not fit. */
export function Verdict({ replay }: Props) {
  const { t } = useTranslation();
  if (replay.isError) return <ProblemAlert error={replay.error} onRetry={() => void replay.refetch()} />;
  const r = replay.data;
  if (!r) return null;
  if (r.ok) {
    return (
      <Alert color="moss" role="status" icon={<IconShieldCheck aria-hidden />} title={t("application.history.ok")}>
        {t("application.history.ok_text", { count: r.verdicts?.length ?? 0 })}
      </Alert>
    );
  }
  const at = r.verdicts?.find((v) => v.sequence === r.bad);
  return (
    <Alert color="brick" role="alert" icon={<IconShieldX aria-hidden />} title={t("application.history.bad", { sequence: r.bad ?? "?" })}>
      {at?.detail ? `${at.verdict}: ${at.detail}` : t("application.history.bad_text")}
    </Alert>
  );
}
