import { Alert, Button, Code, Group, List, Text } from "@mantine/core";
import { IconAlertTriangle } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { isProblem, type ProblemError } from "~/api/problem";
import { BlockerList } from "./BlockerList";
import { TextLink } from "./links";
import { problemSentence } from "./problemWords";

type Props = { error: unknown; onRetry?: () => void; application?: string };

/** What went wrong and what to do about it; fields and blockers are listed, the trace id is there to quote. */
export function ProblemAlert({ error, onRetry, application }: Props) {
  const { t } = useTranslation();
  if (!error) return null;
  const problem = isProblem(error) ? error : null;
  const fields = problem?.holders.length ? [] : (problem?.fields ?? []); // the files that hold it are named as links below
  return (
    <Alert color="brick" icon={<IconAlertTriangle aria-hidden />} title={problemSentence(problem)} role="alert">
      {fields.length > 0 && (
        <List size="sm" mb="xs">
          {fields.map((f) => (
            <List.Item key={f.pointer + f.message}>
              {f.pointer !== "/" && <Code>{f.pointer.slice(1)}</Code>} {f.message}
            </List.Item>
          ))}
        </List>
      )}
      {problem && problem.blockers.length > 0 && <BlockerList blockers={problem.blockers} application={application} />}
      {problem && <Holders problem={problem} />}
      <Group gap="md" mt={4}>
        {onRetry && (
          <Button size="compact-sm" variant="default" onClick={onRetry}>
            {t("common.again")}
          </Button>
        )}
        {problem?.problem.trace_id && (
          <Text size="xs" c="dimmed">
            {t("problem.trace")} <Code style={{ overflowWrap: "anywhere" }}>{problem.problem.trace_id}</Code>
          </Text>
        )}
      </Group>
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
