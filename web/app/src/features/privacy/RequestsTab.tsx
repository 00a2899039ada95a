import { Badge, Button, Group, Paper, Select, Stack, Table, Text } from "@mantine/core";
import { IconInbox } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, take } from "~/api/client";
import { useSend } from "~/api/useSend";
import { useSession } from "~/app/session";
import { ActionsHead } from "~/ui/ActionsHead";
import { DateText } from "~/ui/DateText";
import { EmptyState } from "~/ui/EmptyState";
import { FormDialog } from "~/ui/FormDialog";
import { ButtonLink, TextLink } from "~/ui/links";
import { QueryView } from "~/ui/QueryView";
import { type Asked, refusals, requestsQuery } from "./privacy";

const color: Record<Asked["state"], string> = { open: "ochre", done: "moss", refused: "gray" };

/** What people have asked for through the portal: answered within a month, the most urgent first. */
export function RequestsTab() {
  const { t } = useTranslation();
  const requests = useQuery(requestsQuery);
  return (
    <Stack gap="md">
      <Text c="dimmed" maw={720}>
        {t("privacy.requests.hint")}
      </Text>
      <Paper bg="var(--paper)">
        <QueryView query={requests}>
          {(rows) =>
            rows.length === 0 ? (
              <EmptyState icon={IconInbox} title={t("privacy.requests.none")}>
                {t("privacy.requests.none_hint")}
              </EmptyState>
            ) : (
              <RequestTable rows={rows} />
            )
          }
        </QueryView>
      </Paper>
    </Stack>
  );
}

function RequestTable({ rows }: { rows: Asked[] }) {
  const { t } = useTranslation();
  const [refusing, setRefusing] = useState<Asked | null>(null);
  return (
    <Table.ScrollContainer minWidth={760} tabIndex={0}>
      <Table>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{t("privacy.requests.who")}</Table.Th>
            <Table.Th>{t("privacy.requests.what")}</Table.Th>
            <Table.Th>{t("privacy.requests.state_of")}</Table.Th>
            <Table.Th>{t("privacy.requests.asked")}</Table.Th>
            <Table.Th>{t("privacy.requests.answer_by")}</Table.Th>
            <ActionsHead />
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {rows.map((r) => (
            <Table.Tr key={r.id}>
              <Table.Td>
                <Who request={r} />
              </Table.Td>
              <Table.Td>{t(`privacy.requests.kind.${r.kind}`)}</Table.Td>
              <Table.Td>
                <Badge color={color[r.state]}>{t(`privacy.requests.state.${r.state}`)}</Badge>
                {r.reason && (
                  <Text size="xs" c="dimmed">
                    {t(`privacy.refusal.${r.reason}`)}
                  </Text>
                )}
              </Table.Td>
              <Table.Td>
                <DateText at={r.asked_at} />
              </Table.Td>
              <Table.Td>{r.state === "open" ? <AnswerBy at={r.answer_by} /> : <Answered at={r.answered_at} />}</Table.Td>
              <Table.Td>{r.state === "open" && <Answers request={r} onRefuse={() => setRefusing(r)} />}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
      {refusing && <RefuseDialog request={refusing} onClose={() => setRefusing(null)} />}
    </Table.ScrollContainer>
  );
}

/** Somebody who is locked away has no page; their name is not told here either. */
function Who({ request: r }: { request: Asked }) {
  if (!r.display_name) return <>…{r.subject_id.slice(-6)}</>;
  return (
    <TextLink to="/subjects/$id" params={{ id: r.subject_id }} fw={600}>
      {r.display_name}
    </TextLink>
  );
}

function AnswerBy({ at }: { at: string }) {
  const { t } = useTranslation();
  const late = new Date(at).getTime() < Date.now();
  return (
    <>
      <DateText at={at} />
      {late && (
        <Text size="xs" fw={600} c="var(--mantine-color-error)">
          {t("privacy.requests.late")}
        </Text>
      )}
    </>
  );
}

function Answered({ at }: { at: string | null }) {
  const { t } = useTranslation();
  return (
    <>
      {t("privacy.requests.answered")} <DateText at={at} />
    </>
  );
}

/** A request is carried out on the person's page, where everything that goes with it stands; the answer closes it. */
function Answers({ request: r, onRefuse }: { request: Asked; onRefuse: () => void }) {
  const { t } = useTranslation();
  const { can } = useSession();
  const name = r.display_name || `…${r.subject_id.slice(-6)}`;
  const able = r.display_name !== "" && can(r.kind === "access" ? "privacy.export" : "privacy.erase");
  return (
    <Group gap="xs" justify="flex-end" wrap="nowrap">
      {able && (
        <ButtonLink to="/subjects/$id" params={{ id: r.subject_id }} hash="privacy" size="compact-sm" aria-label={t("privacy.requests.carry_out_of", { name })}>
          {t("privacy.requests.carry_out")}
        </ButtonLink>
      )}
      <Button variant="default" size="compact-sm" aria-label={t("privacy.requests.refuse_of", { name })} onClick={onRefuse}>
        {t("privacy.requests.refuse")}
      </Button>
    </Group>
  );
}

function RefuseDialog({ request: r, onClose }: { request: Asked; onClose: () => void }) {
  const { t } = useTranslation();
  const [reason, setReason] = useState<string | null>(null);
  const [tried, setTried] = useState(false);
  const refuse = useSend({
    send: (body: { reason: (typeof refusals)[number] }, once) => take(api.POST("/api/v1/privacy/requests/{id}/refuse", { params: { path: { id: r.id }, header: once(body) }, body })),
    touches: ["subjects"],
    onDone: onClose,
  });
  const choices = refusals.filter((x) => r.kind === "erasure" || x === "identity" || x === "excessive");
  return (
    <FormDialog
      opened
      onClose={onClose}
      title={t("privacy.requests.refuse_ask")}
      action={t("privacy.requests.refuse")}
      pending={refuse.isPending}
      error={refuse.error}
      onSubmit={() => {
        setTried(true);
        if (reason) refuse.mutate({ reason: reason as (typeof refusals)[number] });
      }}
    >
      <Text size="sm">{t("privacy.requests.refuse_hint")}</Text>
      <Select label={t("privacy.requests.reason")} withAsterisk allowDeselect={false} data={choices.map((value) => ({ value, label: t(`privacy.refusal.${value}`) }))} value={reason} onChange={setReason} error={tried && !reason ? t("form.required") : undefined} data-autofocus />
    </FormDialog>
  );
}
