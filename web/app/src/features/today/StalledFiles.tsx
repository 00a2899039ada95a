import { Group, Stack, Text } from "@mantine/core";
import { IconClockCheck } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { someFilesQuery } from "~/features/pipeline/files";
import { StalledText } from "~/features/pipeline/StalledText";
import { EmptyState } from "~/ui/EmptyState";
import { TextLink } from "~/ui/links";
import { QueryView } from "~/ui/QueryView";
import { Section } from "~/ui/Section";
import { StateBadge } from "~/ui/StateBadge";

const most = 6; // the longest ones; the list shows the rest

/** The agency's files that have stood in their state for longer than expected, the longest first. */
export function StalledFiles() {
  const { t } = useTranslation();
  const stalled = useQuery(someFilesQuery({ stalled: true }, most + 1));
  const more = (stalled.data?.length ?? 0) > most;
  return (
    <Section
      title={t("today.stalled")}
      count={more ? undefined : stalled.data?.length}
      flush
      actions={
        more && (
          <TextLink to="/pipeline" search={{ view: "list", stalled: true }} size="sm">
            {t("today.all_stalled")}
          </TextLink>
        )
      }
    >
      <QueryView query={stalled}>
        {(files) =>
          files.length === 0 ? (
            <EmptyState compact icon={IconClockCheck} title={t("today.none_stalled")}>
              {t("today.none_stalled_hint")}
            </EmptyState>
          ) : (
            <Stack component="ul" gap={0} m={0} p={0} style={{ listStyle: "none" }}>
              {files.slice(0, most).map((f) => (
                <Stack component="li" key={f.id} gap={3} px="md" py={9} className="ruled">
                  <Group gap={8} wrap="nowrap" miw={0} justify="space-between">
                    <TextLink to="/applications/$id" params={{ id: f.id }} fw={600} truncate>
                      {f.title || f.number}
                    </TextLink>
                    <StateBadge title={f.state_title} />
                  </Group>
                  <Text size="sm" c="dimmed">
                    {f.stalled && <StalledText stalled={f.stalled} />}
                  </Text>
                </Stack>
              ))}
            </Stack>
          )
        }
      </QueryView>
    </Section>
  );
}
