import { Badge, Button, Group, Modal, Stack, Table, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useSession } from "~/app/session";
import { useActor } from "~/features/audit/words";
import { DateText } from "~/ui/DateText";
import { useLanguage } from "~/ui/language";
import { QueryView } from "~/ui/QueryView";
import { ConsentDialog } from "./ConsentDialog";
import { type Consents, consentsQuery, type Standing } from "./privacy";
import { Part } from "./PrivacyCard";
import { useTitle } from "./useTitle";

const color: Record<Standing["state"], string> = { none: "gray", given: "moss", withdrawn: "brick" };

/** Where each consent stands, and how it came to. */
export function ConsentsPart({ id }: { id: string }) {
  const { t } = useTranslation();
  const consents = useQuery(consentsQuery(id));
  const [history, setHistory] = useState(false);
  const said = consents.data?.ledger?.length ?? 0;
  return (
    <Part
      title={t("privacy.consents.title")}
      actions={
        said > 0 && (
          <Button variant="subtle" size="compact-sm" onClick={() => setHistory(true)}>
            {t("privacy.consents.history")}
          </Button>
        )
      }
    >
      <QueryView query={consents}>
        {(c) => (
          <Stack gap="xs">
            {(c.purposes ?? []).map((p) => (
              <Purpose key={p.purpose} id={id} standing={p} />
            ))}
            {history && <HistoryDialog consents={c} onClose={() => setHistory(false)} />}
          </Stack>
        )}
      </QueryView>
    </Part>
  );
}

function Purpose({ id, standing: p }: { id: string; standing: Standing }) {
  const { t } = useTranslation();
  const { say } = useLanguage();
  const { can } = useSession();
  const [saying, setSaying] = useState<"given" | "withdrawn" | null>(null);
  const title = say(p.title);
  const next = p.state === "given" ? "withdrawn" : "given";
  return (
    <Group justify="space-between" gap="xs" wrap="nowrap">
      <div>
        <Text size="sm">{title}</Text>
        <Badge color={color[p.state]}>{t(`privacy.consents.state.${p.state}`)}</Badge>
      </div>
      {can("consents.write") && (
        <Button variant="default" size="compact-sm" flex="none" aria-label={t(`privacy.consents.do_of.${next}`, { purpose: title })} onClick={() => setSaying(next)}>
          {t(`privacy.consents.do.${next}`)}
        </Button>
      )}
      {saying && <ConsentDialog id={id} standing={p} state={saying} onClose={() => setSaying(null)} />}
    </Group>
  );
}

function HistoryDialog({ consents, onClose }: { consents: Consents; onClose: () => void }) {
  const { t } = useTranslation();
  const actor = useActor();
  const title = useTitle();
  return (
    <Modal opened onClose={onClose} size="xl" title={t("privacy.consents.history")} closeButtonProps={{ "aria-label": t("common.close") }}>
      <Table.ScrollContainer minWidth={620} tabIndex={0}>
        <Table>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>{t("privacy.consents.purpose")}</Table.Th>
              <Table.Th>{t("privacy.consents.said")}</Table.Th>
              <Table.Th>{t("privacy.consents.channel")}</Table.Th>
              <Table.Th>{t("privacy.consents.when")}</Table.Th>
              <Table.Th>{t("privacy.consents.by")}</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {(consents.ledger ?? []).map((c) => (
              <Table.Tr key={c.id} style={{ verticalAlign: "top" }}>
                <Table.Td>
                  {title(c.purpose)}
                  <Text size="xs" c="dimmed">
                    {t("privacy.texts.version", { number: c.text_version })}
                  </Text>
                </Table.Td>
                <Table.Td>
                  <Badge color={color[c.state]}>{t(`privacy.consents.state.${c.state}`)}</Badge>
                </Table.Td>
                <Table.Td>
                  {t(`privacy.channel.${c.channel}`)}
                  {c.document_id && (
                    <Text size="xs" c="dimmed">
                      {t("privacy.consents.with_evidence")}
                    </Text>
                  )}
                </Table.Td>
                <Table.Td>
                  <DateText at={c.at} time />
                </Table.Td>
                <Table.Td>{c.channel === "portal" ? t("privacy.consents.themself") : actor(c.actor_id)}</Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
    </Modal>
  );
}
