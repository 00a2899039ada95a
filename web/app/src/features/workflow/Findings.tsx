import { Badge, Button, Group, Stack, Text } from "@mantine/core";
import { IconCircleCheck } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import type { Finding, Report } from "~/api/types";
import { EmptyState } from "~/ui/EmptyState";
import { Loading } from "~/ui/Loading";
import { ProblemAlert } from "~/ui/ProblemAlert";
import { Section } from "~/ui/Section";

type Props = { report: Report | undefined; checking: boolean; error: unknown; onGo: (line: number, column: number) => void };

const color: Record<string, string> = { error: "brick", warning: "ochre", undecided: "ochre" };

/** What the check says, each with a way to its line. Only errors stand in the way of publishing. */
export function Findings({ report, checking, error, onGo }: Props) {
  const { t } = useTranslation();
  const findings = report?.findings ?? [];
  return (
    <Section
      title={t("workflow.findings")}
      count={report && findings.length}
      flush
      actions={
        <Text size="sm" c="dimmed" role="status">
          {checking ? t("workflow.checking") : report?.publishable ? t("workflow.publishable") : report ? t("workflow.not_publishable") : ""}
        </Text>
      }
    >
      {error ? (
        <ProblemAlert error={error} />
      ) : !report ? (
        <Loading rows={3} />
      ) : findings.length === 0 ? (
        <EmptyState compact icon={IconCircleCheck} title={t("workflow.clean")}>
          {t("workflow.clean_hint")}
        </EmptyState>
      ) : (
        <Stack component="ul" gap={0} m={0} p={0} mah={360} tabIndex={0} aria-label={t("workflow.findings")} style={{ listStyle: "none", overflowY: "auto" }}>
          {findings.map((f, i) => (
            <Item key={`${f.code}-${f.line}-${f.column}-${i}`} finding={f} onGo={onGo} />
          ))}
        </Stack>
      )}
    </Section>
  );
}

function Item({ finding: f, onGo }: { finding: Finding; onGo: Props["onGo"] }) {
  const { t } = useTranslation();
  return (
    <Stack component="li" gap={4} px="md" py={8} className="ruled">
      <Group gap={8}>
        <Badge color={color[f.severity] ?? "gray"}>{t(`workflow.severity.${f.severity}`, { defaultValue: f.severity })}</Badge>
        {f.line > 0 && (
          <Button variant="subtle" size="compact-xs" onClick={() => onGo(f.line, f.column)}>
            {t("workflow.line", { line: f.line })}
          </Button>
        )}
        <Text size="xs" c="dimmed" ff="monospace">
          {f.code}
        </Text>
      </Group>
      <Text size="sm">{f.message}</Text>
      {f.witness && (f.witness.events ?? []).length > 0 && (
        <Text size="xs" c="dimmed">
          {t("workflow.witness", { events: (f.witness.events ?? []).join(" → ") })}
        </Text>
      )}
      {f.witness && Object.keys(f.witness.facts).length > 0 && (
        <Text size="xs" c="dimmed">
          {t("workflow.witness_facts", { facts: facts(f.witness.facts) })}
        </Text>
      )}
    </Stack>
  );
}

/** The facts of a witness on one line; null is a fact nobody has given yet. */
function facts(of: Record<string, unknown>) {
  return Object.entries(of)
    .map(([name, value]) => `${name} = ${value === null ? "—" : typeof value === "object" ? JSON.stringify(value) : String(value)}`)
    .join(", ");
}
