import { Badge, Button, Group, Text } from "@mantine/core";
import { IconArrowRight, IconCircleCheck } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import type { Finding } from "~/api/types";
import { EmptyState } from "~/ui/EmptyState";
import { useLanguage } from "~/ui/language";
import { Loading } from "~/ui/Loading";
import { ProblemAlert } from "~/ui/ProblemAlert";
import { Section } from "~/ui/Section";
import { useBench } from "../bench";
import classes from "./edit.module.css";
import { factValue, inOrder, placeOf } from "./findings";

type Props = { lit: Finding | null; onPoint: (finding: Finding | null) => void; onGo: (finding: Finding) => void };

/** What the check says, each with a way to its line and to its place in the picture. Only errors stand in the way of publishing. */
export function FindingSection({ lit, onPoint, onGo }: Props) {
  const { t } = useTranslation();
  const { report, checking, checkError, onCheckAgain } = useBench();
  const findings = report?.findings ?? [];
  const standing = checking ? "checking" : report?.publishable ? "publishable" : "not_publishable";
  return (
    <Section
      title={t("workflow.findings")}
      count={report && findings.length}
      flush
      actions={
        <Text size="sm" c="dimmed" role="status">
          {report || checking ? t(`workflow.standing.${standing}`) : ""}
        </Text>
      }
    >
      {checkError ? (
        <ProblemAlert error={checkError} onRetry={onCheckAgain} />
      ) : !report ? (
        <Loading rows={3} />
      ) : findings.length === 0 ? (
        <EmptyState compact icon={IconCircleCheck} title={t("workflow.clean")}>
          {t("workflow.clean_hint")}
        </EmptyState>
      ) : (
        <FindingList findings={findings} lit={lit} onPoint={onPoint} onGo={onGo} />
      )}
    </Section>
  );
}

type ListProps = { findings: Finding[]; lit?: Finding | null; onPoint?: (finding: Finding | null) => void; onGo?: (finding: Finding) => void };

/** Findings one below the other; without `onGo` they are only read, as in a certificate. */
export function FindingList({ findings, lit, onPoint, onGo }: ListProps) {
  const { t } = useTranslation();
  return (
    <ul className={classes.findings} tabIndex={0} aria-label={t("workflow.findings")}>
      {inOrder(findings).map((f, i) => (
        <li
          key={`${f.code}-${f.at}-${f.line}-${i}`}
          className={classes.finding}
          data-lit={lit === f || undefined}
          onMouseEnter={() => onPoint?.(f)}
          onMouseLeave={() => onPoint?.(null)}
          onFocus={() => onPoint?.(f)}
        >
          <Item finding={f} onGo={onGo} />
        </li>
      ))}
    </ul>
  );
}

const color: Record<string, string> = { error: "brick", warning: "ochre", undecided: "ink" };

function Item({ finding: f, onGo }: { finding: Finding; onGo?: (finding: Finding) => void }) {
  const { t } = useTranslation();
  const { noun, name } = placeOf(f.at);
  return (
    <>
      <div>
        <Badge color={color[f.severity] ?? "gray"}>{t(`workflow.severity.${f.severity}`, { defaultValue: f.severity })}</Badge>
      </div>
      <div>
        <Group gap="2px 10px" align="baseline">
          <Text size="sm" fw={600}>
            {t(`workflow.code.${f.code}`, { defaultValue: f.code })}
          </Text>
          <Text size="xs" c="dimmed">
            {noun ? t(`workflow.place.${noun}`, { name, defaultValue: f.at }) : f.at}
          </Text>
          {onGo && f.line > 0 && (
            <Button variant="subtle" size="compact-xs" onClick={() => onGo(f)}>
              {t("workflow.line", { line: f.line })}
            </Button>
          )}
        </Group>
        <Text size="sm" style={{ overflowWrap: "anywhere" }}>
          {f.message}
        </Text>
        <Witness finding={f} />
      </div>
    </>
  );
}

/** The path a person can follow to see it: the events in their order, and the facts on the way. */
function Witness({ finding }: { finding: Finding }) {
  const { t } = useTranslation();
  const { language } = useLanguage();
  const events = finding.witness?.events ?? [];
  const facts = Object.entries(finding.witness?.facts ?? {}).sort(([a], [b]) => a.localeCompare(b));
  if (events.length + facts.length === 0) return null;
  return (
    <Group gap="2px 12px" mt={2} c="dimmed">
      <Text size="xs">
        {t("workflow.witness")}{" "}
        {events.map((event, i) => (
          <span key={`${event}-${i}`}>
            {i > 0 && <IconArrowRight size={12} aria-label={t("workflow.then")} style={{ verticalAlign: -2, marginInline: 3 }} />}
            <b>{event}</b>
          </span>
        ))}
      </Text>
      {facts.length > 0 && (
        <ul className={classes.facts}>
          {facts.map(([name, value]) => (
            <li key={name}>
              {name} = <b>{factValue(name, value, language)}</b>
            </li>
          ))}
        </ul>
      )}
    </Group>
  );
}
