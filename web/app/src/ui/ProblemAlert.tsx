import { Alert, Button, Code, Group, List, Text } from "@mantine/core";
import { IconAlertTriangle } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { isProblem, type ProblemError } from "~/api/problem";
import { BlockerList } from "./BlockerList";
import { TextLink } from "./links";
import { problemSentence } from "./problemWords";

type Props = { error: unknown; onRetry?: () => void; application?: string };

/** What went wrong and what to do about it; fields and blockers are listed, and what is our fault has a number to quote. */
export function ProblemAlert({ error, onRetry, application }: Props) {
  const { t } = useTranslation();
  if (!error) return null;
  const problem = isProblem(error) ? error : null;
  const fields = problem?.holders.length ? [] : (problem?.fields ?? []); // the files that hold it are named as links below
  const trace = problem && problem.status >= 500 ? problem.problem.trace_id : undefined; // what a person can put right themselves needs no number
  const bare = fields.length === 0 && !problem?.blockers.length && !problem?.holders.length && !onRetry && !trace;
  return (
    <Alert color="brick" icon={<IconAlertTriangle aria-hidden />} title={problemSentence(problem)} role="alert" styles={bare ? { title: { marginBottom: 0 } } : undefined}>
      {fields.length > 0 && (
        <List size="sm" mb="xs">
          {fields.map((f) => (
            <List.Item key={f.pointer + f.message}>
              {f.pointer !== "/" && <Code>{f.pointer.replace(/^\//, "")}</Code>} {f.message}
            </List.Item>
          ))}
        </List>
      )}
      {problem && problem.blockers.length > 0 && <BlockerList blockers={problem.blockers} application={application} />}
      {problem && <Holders problem={problem} />}
      {(onRetry || trace) && (
        <Group gap="md" mt={4}>
          {onRetry && (
            <Button size="compact-sm" variant="default" onClick={onRetry}>
              {t("common.again")}
            </Button>
          )}
          {trace && (
            <Text size="xs" c="dimmed">
              {t("problem.trace")} <Code style={{ overflowWrap: "anywhere" }}>{trace}</Code>
            </Text>
          )}
        </Group>
      )}
    </Alert>
  );
}

function Holders({ problem }: { problem: ProblemError }) {
  if (problem.holders.length === 0) return null;
  return (
    <Group gap="xs" mb="xs">
      {problem.holders.map((h) => (
        <TextLink key={h.id} to="/applications/$id" params={{ id: h.id }} size="sm">
          {h.number}
        </TextLink>
      ))}
    </Group>
  );
}
