import { Badge, Group, Stack, Text } from "@mantine/core";
import { IconLockOpen } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { useSession } from "~/app/session";
import { someFilesQuery } from "~/features/pipeline/files";
import { Age } from "~/ui/DateText";
import { EmptyState } from "~/ui/EmptyState";
import { useLanguage } from "~/ui/language";
import { TextLink } from "~/ui/links";
import { QueryView } from "~/ui/QueryView";
import { Section } from "~/ui/Section";
import { StateBadge } from "~/ui/StateBadge";

/** The person's own files that stand still, with the reason in words. */
export function BlockedFiles() {
  const { t } = useTranslation();
  const { say } = useLanguage();
  const { me } = useSession();
  const mine = useQuery({ ...someFilesQuery({ owner: me.user.id, open: true }, 200), select: (files) => files.filter((f) => f.blocked) });
  return (
    <Section title={t("today.blocked")} count={mine.data?.length} flush>
      <QueryView query={mine}>
        {(files) =>
          files.length === 0 ? (
            <EmptyState compact icon={IconLockOpen} title={t("today.none_blocked")}>
              {t("today.none_blocked_hint")}
            </EmptyState>
          ) : (
            <Stack component="ul" gap={0} m={0} p={0} style={{ listStyle: "none" }}>
              {files.map((f) => (
                <Stack component="li" key={f.id} gap={3} px="md" py={9} style={{ borderBottom: "1px solid var(--line)" }}>
                  <Group justify="space-between" wrap="nowrap" gap="sm">
                    <TextLink to="/applications/$id" params={{ id: f.id }} fw={600} truncate>
                      {f.title || f.number}
                    </TextLink>
                    <Text size="sm" c="dimmed">
                      <Age since={f.state_since} />
                    </Text>
                  </Group>
                  <Group gap={8} wrap="nowrap">
                    <StateBadge title={f.state_title} />
                    <Text size="sm" truncate miw={0}>
                      {f.blocked && say(f.blocked.first)}
                    </Text>
                    {f.blocked && f.blocked.count > 1 && (
                      <Badge color="ochre">
                        {t("today.more_reasons", { count: f.blocked.count - 1 })}
                      </Badge>
                    )}
                  </Group>
                </Stack>
              ))}
            </Stack>
          )
        }
      </QueryView>
    </Section>
  );
}
