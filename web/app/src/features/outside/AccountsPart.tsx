import { Badge, Button, Group, Stack, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, ifMatch, take } from "~/api/client";
import { useSend } from "~/api/useSend";
import { useSession } from "~/app/session";
import { Part } from "~/features/privacy/PrivacyCard";
import { Confirm } from "~/ui/Confirm";
import { DateText } from "~/ui/DateText";
import { useLanguage } from "~/ui/language";
import { ProblemAlert } from "~/ui/ProblemAlert";
import { QueryView } from "~/ui/QueryView";
import { AskConsent } from "./AskConsent";
import { CashFlowPart } from "./CashFlowPart";
import { Ask } from "./OutsideCard";
import { type BankConsent, bankConsentsQuery, consentColor } from "./outside";
import { PersonsLink } from "./PersonsLink";
import { useWays } from "./useWays";

/** A person's consents to read their accounts, and what was found there. */
export function AccountsPart({ id }: { id: string }) {
  const { t } = useTranslation();
  const { can } = useSession();
  const consents = useQuery(bankConsentsQuery(id));
  const ways = useWays(id, "open_banking");
  const [asking, setAsking] = useState(false);
  return (
    <Part title={t("outside.accounts.title")}>
      <QueryView query={consents}>
        {(list) => (
          <Stack gap="sm">
            {list.length === 0 && (
              <Text size="sm" c="dimmed">
                {t("outside.accounts.none")}
              </Text>
            )}
            {list.slice(0, 5).map((c) => (
              <ConsentRow key={c.id} consent={c} />
            ))}
            {can("bank_consents.write") && <Ask ways={ways} label={t("outside.accounts.ask")} missing={t("outside.accounts.no_connection")} onAsk={() => setAsking(true)} />}
            {can("subjects.read_income") && list.some((c) => c.last_read) && <CashFlowPart id={id} />}
            {asking && <AskConsent id={id} ways={ways} onClose={() => setAsking(false)} />}
          </Stack>
        )}
      </QueryView>
    </Part>
  );
}

function ConsentRow({ consent: c }: { consent: BankConsent }) {
  const { t } = useTranslation();
  const { say } = useLanguage();
  const { can } = useSession();
  const [revoking, setRevoking] = useState(false);
  const revoke = useSend<void, unknown>({
    send: (_, once) => {
      const body = { event: "revoke", reason: "client" };
      return take(api.POST("/api/v1/bank-consents/{id}/events", { params: { path: { id: c.id }, header: { ...ifMatch(c.version), ...once({ body, of: c.version }) } }, body }));
    },
    touches: ["bank_consents"],
    onDone: () => setRevoking(false),
  });
  const read = useSend<void, unknown>({
    send: (_, once) => take(api.POST("/api/v1/bank-consents/{id}/reads", { params: { path: { id: c.id }, header: once({ read: c.version }) } })),
    touches: ["bank_consents"],
  });
  const live = (c.state === "valid" || c.state === "expiring") && !c.withdrawn_at;
  return (
    <Stack gap={6}>
      <Group justify="space-between" gap="xs">
        <div>
          <Text size="sm" fw={600}>
            {c.institution_name}
          </Text>
          <Group gap={6}>
            <Badge color={c.withdrawn_at ? "brick" : (consentColor[c.state] ?? "brick")}>{c.withdrawn_at && !c.ended ? t("outside.accounts.withdrawn") : say(c.state_title)}</Badge>
            <Text size="xs" c="dimmed">
              {t("outside.accounts.until")} <DateText at={c.valid_until} />
            </Text>
          </Group>
        </div>
        <Group gap="xs">
          {live && can("bank_consents.write") && (
            <Button variant="default" size="compact-sm" loading={read.isPending} disabled={c.last_read?.state === "reading"} onClick={() => read.mutate()}>
              {t("outside.accounts.read")}
            </Button>
          )}
          {!c.ended && can("bank_consents.transition") && (
            <Button variant="subtle" color="brick" size="compact-sm" onClick={() => setRevoking(true)}>
              {t("outside.accounts.revoke")}
            </Button>
          )}
        </Group>
      </Group>
      <ProblemAlert error={read.error} />
      {c.link && <PersonsLink url={c.link.url ?? null} until={c.link.until} mailed={c.link.mailed} stands={t(`outside.accounts.stand.${c.link.stand}`)} />}
      {c.last_read && (
        <Text size="xs" c={c.last_read.state === "failed" ? "brick" : "dimmed"}>
          {t(`outside.accounts.reading.${c.last_read.state}`, { count: c.last_read.transactions })} · <DateText at={c.last_read.started_at} time />
          {live && ` · ${t("outside.accounts.today", { count: c.reads_today })}`}
        </Text>
      )}
      {revoking && (
        <Confirm opened onClose={() => setRevoking(false)} title={t("outside.accounts.revoke")} action={t("outside.accounts.revoke")} danger pending={revoke.isPending} error={revoke.error} onConfirm={() => revoke.mutate()}>
          {t("outside.accounts.revoke_hint")}
        </Confirm>
      )}
    </Stack>
  );
}
