import { Button, Table, Text } from "@mantine/core";
import { IconSchema } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useSession } from "~/app/session";
import { ActionsHead } from "~/ui/ActionsHead";
import { DateText } from "~/ui/DateText";
import { EmptyState } from "~/ui/EmptyState";
import { useLanguage } from "~/ui/language";
import { QueryView } from "~/ui/QueryView";
import { Section } from "~/ui/Section";
import { type BaseSummary, basesQuery } from "./bases";
import { PublishBaseDialog } from "./PublishBaseDialog";

/** The templates a network lets its agencies inherit from. Of who works under which it learns counts, and none below five. */
export function BaseTemplates({ network }: { network: string }) {
  const { t } = useTranslation();
  const { can } = useSession();
  const [publishing, setPublishing] = useState<{ key?: string } | null>(null);
  const bases = useQuery(basesQuery(network));
  const publish = can("networks.publish") && (
    <Button variant="default" onClick={() => setPublishing({})}>
      {t("base.publish_new")}
    </Button>
  );
  return (
    <Section title={t("base.bases")} count={bases.data?.length} actions={publish} flush>
      <QueryView query={bases}>
        {(list) =>
          list.length === 0 ? (
            <EmptyState icon={IconSchema} title={t("base.none")}>
              {t("base.none_hint")}
            </EmptyState>
          ) : (
            <Table.ScrollContainer minWidth={640}>
              <Table highlightOnHover>
                <Table.Thead>
                  <Table.Tr>
                    <Table.Th>{t("base.template")}</Table.Th>
                    <Table.Th ta="right">{t("base.version")}</Table.Th>
                    <Table.Th>{t("base.published_at")}</Table.Th>
                    <Table.Th>{t("base.used_by")}</Table.Th>
                    <ActionsHead />
                  </Table.Tr>
                </Table.Thead>
                <Table.Tbody>
                  {list.map((b) => (
                    <Row key={b.key} base={b} onPublish={can("networks.publish") ? () => setPublishing({ key: b.key }) : undefined} />
                  ))}
                </Table.Tbody>
              </Table>
            </Table.ScrollContainer>
          )
        }
      </QueryView>
      {publishing && <PublishBaseDialog network={network} templateKey={publishing.key} onClose={() => setPublishing(null)} />}
    </Section>
  );
}

function Row({ base, onPublish }: { base: BaseSummary; onPublish?: () => void }) {
  const { t } = useTranslation();
  const { say } = useLanguage();
  return (
    <Table.Tr>
      <Table.Td>
        <Text fw={600}>{say(base.title)}</Text>
        <Text size="xs" c="dimmed">
          {base.key}
        </Text>
      </Table.Td>
      <Table.Td ta="right">{base.version}</Table.Td>
      <Table.Td>
        <DateText at={base.published_at} />
      </Table.Td>
      <Table.Td>
        {(base.use ?? []).map((u) => (
          <Text key={u.version} size="sm">
            {u.agencies === null ? t("base.used_by_few", { version: u.version }) : t("base.used_by_count", { version: u.version, count: u.agencies })}
          </Text>
        ))}
      </Table.Td>
      <Table.Td ta="right">
        {onPublish && (
          <Button size="compact-sm" variant="subtle" onClick={onPublish} aria-label={t("base.publish_next_of", { key: base.key })}>
            {t("base.publish_next")}
          </Button>
        )}
      </Table.Td>
    </Table.Tr>
  );
}
