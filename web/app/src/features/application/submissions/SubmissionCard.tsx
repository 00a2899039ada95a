import { Group, Stack, Text } from "@mantine/core";
import { IconHandStop } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import type { Lender } from "~/api/types";
import { Ago, DateText } from "~/ui/DateText";
import { Money, Percent } from "~/ui/Money";
import { Section } from "~/ui/Section";
import { StateBadge } from "~/ui/StateBadge";
import { Breaches } from "../breach/Breaches";
import page from "../file.module.css";
import { useLanding } from "../landing";
import type { Submission } from "../types";
import { LenderSaid } from "./LenderSaid";
import { Messages } from "./Messages";
import { OperationState } from "./OperationState";
import { RequestedItems } from "./RequestedItems";
import { SubmissionBlocked } from "./SubmissionBlocked";
import { SubmissionEvents } from "./SubmissionEvents";
import { Timeline } from "./Timeline";

type Props = { submission: Submission; lender: Lender | undefined; wanted: boolean };

/** The file at one lender: where it stands, what the lender said, what it waits for. */
export function SubmissionCard({ submission: s, lender, wanted }: Props) {
  const { t } = useTranslation();
  const landing = useLanding<HTMLDivElement>(wanted);
  const connected = lender !== undefined && lender.connection !== null;
  const byHand = lender !== undefined && lender.connection === null && s.outcome === null;
  return (
    <div {...landing}>
      <Section title={s.lender.name} actions={<SubmissionEvents submission={s} />}>
        <Stack gap="md">
          <Group gap={10}>
            <StateBadge title={s.state_title} outcome={s.outcome} size="lg" />
            <Text size="sm" c="dimmed">
              {t("application.submissions.changed")} <Ago at={s.updated_at} />
            </Text>
          </Group>
          <dl className={page.figures} style={{ margin: 0 }}>
            <Pair name={t("application.submissions.product")}>{s.product?.name ?? "—"}</Pair>
            <Pair name={t("application.amount")}>
              <Money cents={s.amount_cents} whole />
            </Pair>
            <Pair name={t("application.submissions.offered_rate")}>
              <Percent bps={s.rate_bps} />
            </Pair>
            <Pair name={t("application.submissions.reference")}>{s.lender_reference ?? "—"}</Pair>
            <Pair name={t("application.submissions.offer_until")}>
              <DateText at={s.offer_expires} />
            </Pair>
          </dl>
          {byHand && (
            <Text size="sm" c="dimmed">
              <IconHandStop size={15} aria-hidden style={{ verticalAlign: -2 }} /> {t("application.submissions.by_hand")}
            </Text>
          )}
          <LenderSaid submission={s} />
          {s.operation && <OperationState operation={s.operation} />}
          <Breaches breaches={s.breaches} of={{ noun: "submissions", id: s.id, version: s.version }} />
          <SubmissionBlocked submission={s} />
          <RequestedItems submission={s} connected={connected} />
          {connected && s.lender_reference !== null && <Messages submission={s} />}
          <Timeline submission={s} />
        </Stack>
      </Section>
    </div>
  );
}

function Pair({ name, children }: { name: string; children: React.ReactNode }) {
  return (
    <div className={page.figure}>
      <dt>{name}</dt>
      <dd style={{ fontSize: "0.9375rem" }}>{children}</dd>
    </div>
  );
}
