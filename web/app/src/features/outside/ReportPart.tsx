import { Badge, Checkbox, Group, Select, Stack, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, take } from "~/api/client";
import { useSend } from "~/api/useSend";
import { useSession } from "~/app/session";
import { Part } from "~/features/privacy/PrivacyCard";
import { DateText } from "~/ui/DateText";
import { Money } from "~/ui/Money";
import { QueryView } from "~/ui/QueryView";
import { AskDialog } from "./AskDialog";
import { Ask } from "./OutsideCard";
import { type Report, reportColor, reportsQuery } from "./outside";
import { useWays } from "./useWays";

const purposes = ["creditworthiness", "debt_consolidation"] as const;

/** Credit reports on a person, and what the next one would cost. */
export function ReportPart({ id }: { id: string }) {
  const { t } = useTranslation();
  const { can } = useSession();
  const reports = useQuery(reportsQuery(id));
  const ways = useWays(id, "credit_bureau");
  const [asking, setAsking] = useState(false);
  return (
    <Part title={t("outside.report.title")}>
      <QueryView query={reports}>
        {(list) => (
          <Stack gap="sm">
            {list.length === 0 && (
              <Text size="sm" c="dimmed">
                {t("outside.report.none")}
              </Text>
            )}
            {list.slice(0, 3).map((r) => (
              <Row key={r.id} report={r} />
            ))}
            {can("credit_reports.buy") && <Ask ways={ways} label={t("outside.report.ask")} missing={t("outside.report.no_connection")} onAsk={() => setAsking(true)} />}
            {asking && <Buy id={id} ways={ways} again={list.some((r) => r.state === "ready")} onClose={() => setAsking(false)} />}
          </Stack>
        )}
      </QueryView>
    </Part>
  );
}

function Row({ report: r }: { report: Report }) {
  const { t } = useTranslation();
  return (
    <Stack gap={4}>
      <Group gap={6}>
        <Badge color={reportColor[r.state]}>{t(`outside.report.state.${r.state}`)}</Badge>
        <Text size="xs" c="dimmed">
          <DateText at={r.issued_at ?? r.created_at} /> · {t(`outside.report.purpose.${r.purpose}`)} · <Money cents={r.cost_cents} />
        </Text>
      </Group>
      {r.masked && (
        <Text size="sm" c="dimmed">
          {t("outside.report.masked")}
        </Text>
      )}
      {r.content && (
        <>
          <Text size="sm">
            {t("outside.report.score", { score: r.content.score, min: r.content.score_min, max: r.content.score_max })}
          </Text>
          <Text size="sm" c={r.content.protests > 0 ? "brick" : undefined}>
            {t("outside.report.protests", { count: r.content.protests })} · {t("outside.report.enquiries", { count: r.content.enquiries_last_six_months })}
          </Text>
          {(r.content.facilities ?? []).map((f, i) => (
            <Group key={i} justify="space-between" gap="xs" wrap="nowrap">
              <Text size="sm">
                {t(`outside.report.kind.${f.kind}`, { defaultValue: f.kind })} · {t(`outside.report.status.${f.status}`, { defaultValue: f.status })}
                {f.instalments_late > 0 && ` · ${t("outside.report.late", { count: f.instalments_late })}`}
              </Text>
              <Money cents={f.instalment_cents} size="sm" />
            </Group>
          ))}
        </>
      )}
    </Stack>
  );
}

function Buy({ id, ways, again, onClose }: { id: string; ways: ReturnType<typeof useWays>; again: boolean; onClose: () => void }) {
  const { t } = useTranslation();
  const [purpose, setPurpose] = useState<(typeof purposes)[number]>("creditworthiness");
  const [another, setAnother] = useState(false);
  type Body = { application_id: string; connection_id: string; purpose: (typeof purposes)[number]; cost_max_cents: number; again?: boolean };
  const buy = useSend<Body, unknown>({
    send: (body, once) => take(api.POST("/api/v1/subjects/{id}/credit-reports", { params: { path: { id }, header: once(body) }, body })),
    touches: ["credit_reports", "operations"],
    onDone: onClose,
  });
  return (
    <AskDialog
      title={t("outside.report.ask")}
      action={t("outside.report.buy")}
      ways={ways}
      pending={buy.isPending}
      error={buy.error}
      onClose={onClose}
      onSubmit={(to) => buy.mutate({ application_id: to.application_id, connection_id: to.connection_id, purpose, cost_max_cents: ways.price(to.connector, "RequestReport"), ...(another ? { again: true } : {}) })}
    >
      {(to) => (
        <>
          <Select label={t("outside.report.why")} allowDeselect={false} data={purposes.map((p) => ({ value: p, label: t(`outside.report.purpose.${p}`) }))} value={purpose} onChange={(v) => v && setPurpose(v as typeof purpose)} data-autofocus />
          <Text size="sm">
            {t("outside.report.price")} <Money cents={ways.price(to.connector, "RequestReport")} fw={600} />. {t("outside.report.consent_hint")}
          </Text>
          {again && <Checkbox label={t("outside.report.again")} checked={another} onChange={(e) => setAnother(e.currentTarget.checked)} />}
        </>
      )}
    </AskDialog>
  );
}
