import { Badge, Button, Table, Text } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useTranslation } from "react-i18next";
import { api, take } from "~/api/client";
import { useSend } from "~/api/useSend";
import type { Operation } from "~/api/types";
import { useSession } from "~/app/session";
import { useConnectors } from "~/features/connections/useConnectors";
import { ActionsHead } from "~/ui/ActionsHead";
import { Ago } from "~/ui/DateText";
import { TextLink } from "~/ui/links";
import { Money } from "~/ui/Money";
import { problemSentence } from "~/ui/problemWords";
import { stateColor } from "./operations";
import { OperationWords } from "./OperationWords";

export function OperationTable({ operations }: { operations: Operation[] }) {
  const { t } = useTranslation();
  return (
    <Table.ScrollContainer minWidth={940}>
      <Table highlightOnHover>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{t("operations.what")}</Table.Th>
            <Table.Th>{t("operations.connector")}</Table.Th>
            <Table.Th>{t("pipeline.state")}</Table.Th>
            <Table.Th>{t("operations.why")}</Table.Th>
            <Table.Th ta="right">{t("operations.attempt")}</Table.Th>
            <Table.Th ta="right">{t("operations.cost")}</Table.Th>
            <Table.Th>{t("operations.since")}</Table.Th>
            <ActionsHead />
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {operations.map((o) => (
            <Row key={o.id} operation={o} />
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}

/** What an operation is about, to go there: a file, a person, or nothing that has a page. */
function About({ operation: o, children }: { operation: Operation; children: string }) {
  if (o.application_id)
    return (
      <TextLink to="/applications/$id" params={{ id: o.application_id }} search={{ tab: "submissions", submission: o.submission_id || undefined }} fw={600}>
        {children}
      </TextLink>
    );
  if (o.subject_id)
    return (
      <TextLink to="/subjects/$id" params={{ id: o.subject_id }} fw={600}>
        {children}
      </TextLink>
    );
  return <Text fw={600}>{children}</Text>;
}

function Row({ operation: o }: { operation: Operation }) {
  const { t } = useTranslation();
  const { can } = useSession();
  const connectors = useConnectors();
  const retry = useSend({
    send: (id: string, once) => take(api.POST("/api/v1/operations/{id}/retry", { params: { path: { id }, header: once(null) } })),
    touches: ["operations"],
    onDone: () => notifications.show({ color: "moss", message: t("operations.retried") }),
  });
  const method = t(`operations.method.${o.method}`, { defaultValue: o.method });
  return (
    <Table.Tr>
      <Table.Td>
        <About operation={o}>{method}</About>
        <Text size="sm" c="dimmed">
          {t(`operations.priority.${o.priority}`)}
        </Text>
      </Table.Td>
      <Table.Td>{connectors.title(o.connector)}</Table.Td>
      <Table.Td>
        <Badge color={stateColor[o.state]}>{t(o.dead_at ? "operations.abandoned" : `operations.state.${o.state}`)}</Badge>
      </Table.Td>
      <Table.Td maw={380}>
        <OperationWords operation={o} />
      </Table.Td>
      <Table.Td ta="right">
        <Text span>{o.attempt}</Text>
      </Table.Td>
      <Table.Td ta="right">{o.cost_cents > 0 && <Money cents={o.cost_cents} />}</Table.Td>
      <Table.Td>
        <Ago at={o.created_at} />
      </Table.Td>
      <Table.Td ta="right">
        {can("operations.retry") && (o.state === "failed" || o.state === "waiting_user") && (
          <Button
            size="compact-sm"
            variant="default"
            loading={retry.isPending}
            aria-label={t("operations.retry_one", { what: method })}
            onClick={() => retry.mutate(o.id, { onError: (error) => notifications.show({ color: "brick", message: problemSentence(error) }) })}
          >
            {t("common.again")}
          </Button>
        )}
      </Table.Td>
    </Table.Tr>
  );
}
