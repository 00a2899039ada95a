import { Badge, Button, Center, SegmentedControl, Table, Text } from "@mantine/core";
import { IconRefresh, IconSend } from "@tabler/icons-react";
import { useInfiniteQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, take } from "~/api/client";
import { useSend } from "~/api/useSend";
import { useSession } from "~/app/session";
import { ActionsHead } from "~/ui/ActionsHead";
import { DateText } from "~/ui/DateText";
import { EmptyState } from "~/ui/EmptyState";
import { ProblemAlert } from "~/ui/ProblemAlert";
import { QueryView } from "~/ui/QueryView";
import { Section } from "~/ui/Section";
import { ReplayDialog } from "./ReplayDialog";
import { deliveriesQuery, type Delivery, type Endpoint, nextTry, type State, states, wordOf } from "./webhooks";

const color: Record<State, string> = { pending: "ochre", delivered: "moss", failed: "brick" };

/** What an endpoint was sent: what, when, how often, how it went, and when it is tried again. */
export function Deliveries({ endpoint }: { endpoint: Endpoint }) {
  const { t } = useTranslation();
  const { can } = useSession();
  const [state, setState] = useState<State | "all">("all");
  const [replaying, setReplaying] = useState(false);
  const list = useInfiniteQuery(deliveriesQuery(endpoint.id, state === "all" ? undefined : state));
  const again = useSend<string, Delivery>({
    send: (eventId, once) => take(api.POST("/api/v1/webhooks/{id}/deliveries/{eventId}/replay", { params: { path: { id: endpoint.id, eventId }, header: once(eventId) } })),
    touches: ["webhooks"],
  });
  const replayable = can("webhooks.replay") && endpoint.status === "active";
  return (
    <>
      <Section
        title={t("webhooks.deliveries")}
        flush
        actions={
          replayable && (
            <Button variant="default" size="compact-md" leftSection={<IconRefresh size={15} aria-hidden />} onClick={() => setReplaying(true)}>
              {t("webhooks.replay_failed")}
            </Button>
          )
        }
      >
        <SegmentedControl
          m="sm"
          size="xs"
          aria-label={t("webhooks.state_of")}
          value={state}
          onChange={(v) => setState(v as State | "all")}
          data={[{ value: "all", label: t("webhooks.all") }, ...states.map((s) => ({ value: s, label: t(`webhooks.state.${s}`) }))]}
        />
        <ProblemAlert error={again.error} />
        <QueryView query={list}>
          {({ pages }) => {
            const rows = pages.flatMap((p) => p.items);
            if (rows.length === 0) {
              return (
                <EmptyState compact icon={IconSend} title={t("webhooks.no_deliveries")}>
                  {t("webhooks.no_deliveries_hint")}
                </EmptyState>
              );
            }
            return (
              <Table.ScrollContainer minWidth={780} tabIndex={0}>
                <Table highlightOnHover>
                  <Table.Thead>
                    <Table.Tr>
                      <Table.Th>{t("webhooks.when")}</Table.Th>
                      <Table.Th>{t("webhooks.event")}</Table.Th>
                      <Table.Th>{t("webhooks.state_of")}</Table.Th>
                      <Table.Th ta="right">{t("webhooks.attempts")}</Table.Th>
                      <Table.Th ta="right">{t("webhooks.latency")}</Table.Th>
                      <Table.Th>{t("webhooks.next")}</Table.Th>
                      <ActionsHead />
                    </Table.Tr>
                  </Table.Thead>
                  <Table.Tbody>
                    {rows.map((d) => (
                      <Line key={d.id} delivery={d} endpoint={endpoint} onReplay={replayable && d.state !== "pending" ? () => again.mutate(d.id) : undefined} busy={again.isPending && again.variables === d.id} />
                    ))}
                  </Table.Tbody>
                </Table>
              </Table.ScrollContainer>
            );
          }}
        </QueryView>
        {list.hasNextPage && (
          <Center p="sm">
            <Button variant="default" loading={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
              {t("common.more")}
            </Button>
          </Center>
        )}
      </Section>
      {replaying && <ReplayDialog endpoint={endpoint} onClose={() => setReplaying(false)} />}
    </>
  );
}

type LineProps = { delivery: Delivery; endpoint: Endpoint; onReplay?: () => void; busy: boolean };

function Line({ delivery: d, endpoint, onReplay, busy }: LineProps) {
  const { t, i18n } = useTranslation();
  const words = t(`webhooks.type.${wordOf(d.type)}`);
  const next = nextTry(d, endpoint);
  return (
    <Table.Tr style={{ verticalAlign: "top" }}>
      <Table.Td>
        <DateText at={d.at} time />
      </Table.Td>
      <Table.Td maw={300}>
        {words}
        <Text size="xs" c="dimmed" style={{ overflowWrap: "anywhere" }}>
          {d.subject}
        </Text>
      </Table.Td>
      <Table.Td>
        <Badge color={color[d.state]}>{t(`webhooks.state.${d.state}`)}</Badge>
        {d.outcome !== "" && d.outcome !== "delivered" && (
          <Text size="xs" c="dimmed">
            {t(`webhooks.outcome.${d.outcome}`, { status: d.http_status })}
          </Text>
        )}
      </Table.Td>
      <Table.Td ta="right">{d.attempts}</Table.Td>
      <Table.Td ta="right" style={{ whiteSpace: "nowrap" }}>
        {d.latency_ms === null ? "—" : `${d.latency_ms.toLocaleString(i18n.language)} ms`}
      </Table.Td>
      <Table.Td>{next ? <DateText at={next} time /> : "—"}</Table.Td>
      <Table.Td ta="right">
        {onReplay && (
          <Button variant="subtle" size="compact-sm" loading={busy} aria-label={t("webhooks.replay_one", { what: words, id: d.id.slice(-6) })} onClick={onReplay}>
            {t("webhooks.replay")}
          </Button>
        )}
      </Table.Td>
    </Table.Tr>
  );
}
