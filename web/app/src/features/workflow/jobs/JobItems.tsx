import { Badge, Button, Center, SegmentedControl, Table } from "@mantine/core";
import { IconListCheck } from "@tabler/icons-react";
import { useInfiniteQuery } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Job, JobItem } from "~/api/types";
import { EmptyState } from "~/ui/EmptyState";
import { TextLink } from "~/ui/links";
import { QueryView } from "~/ui/QueryView";
import { Section } from "~/ui/Section";
import { itemsQuery, type Shown } from "./jobs";

type Props = { job: Job; title: string; none: string; start?: Shown; head: string[]; children: (item: JobItem) => ReactNode[] };

const color: Record<JobItem["state"], string> = { waiting: "gray", done: "moss", skipped: "ochre", failed: "brick" };

/** What came of each file a job works on; those that want somebody's eyes can be shown alone. */
export function JobItems({ job, title, none, start = "all", head, children }: Props) {
  const { t } = useTranslation();
  const [shown, setShown] = useState<Shown>(start);
  const items = useInfiniteQuery(itemsQuery(job.id, shown, job.done + job.skipped + job.failed));
  const choices: Shown[] = ["all", "notable", "failed", "skipped"];
  return (
    <Section
      title={title}
      flush
      actions={
        <SegmentedControl
          size="xs"
          aria-label={t("job.show")}
          value={shown}
          onChange={(v) => setShown(v as Shown)}
          data={choices.map((value) => ({ value, label: t(`job.shown.${value}`) }))}
        />
      }
    >
      <QueryView query={items}>
        {({ pages }) => {
          const rows = pages.flatMap((p) => p.items);
          if (rows.length === 0) {
            return (
              <EmptyState compact icon={IconListCheck} title={shown === "all" ? none : t("job.none_shown")}>
                {shown === "all" ? undefined : t("job.none_shown_hint")}
              </EmptyState>
            );
          }
          return (
            <Table.ScrollContainer minWidth={720}>
              <Table verticalSpacing={8}>
                <Table.Thead>
                  <Table.Tr>
                    <Table.Th>{t("job.file")}</Table.Th>
                    <Table.Th>{t("job.result")}</Table.Th>
                    {head.map((h) => (
                      <Table.Th key={h}>{h}</Table.Th>
                    ))}
                  </Table.Tr>
                </Table.Thead>
                <Table.Tbody>
                  {rows.map((item) => (
                    <Table.Tr key={item.number} style={{ verticalAlign: "top" }}>
                      <Table.Td style={{ whiteSpace: "nowrap" }}>
                        <FileLink item={item} />
                      </Table.Td>
                      <Table.Td>
                        <Badge color={color[item.state]}>{t(`job.item.${item.state}`)}</Badge>
                      </Table.Td>
                      {children(item).map((cell, i) => (
                        <Table.Td key={head[i]}>{cell}</Table.Td>
                      ))}
                    </Table.Tr>
                  ))}
                </Table.Tbody>
              </Table>
            </Table.ScrollContainer>
          );
        }}
      </QueryView>
      {items.hasNextPage && (
        <Center p="sm">
          <Button variant="default" loading={items.isFetchingNextPage} onClick={() => void items.fetchNextPage()}>
            {t("common.more")}
          </Button>
        </Center>
      )}
    </Section>
  );
}

function FileLink({ item }: { item: JobItem }) {
  if (!item.ref.startsWith("app_")) return <>{item.label || item.ref}</>;
  return (
    <TextLink to="/applications/$id" params={{ id: item.ref }} fw={600}>
      {item.label || item.ref}
    </TextLink>
  );
}
