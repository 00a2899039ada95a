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

const most = 12; // what one looks through; the list shows the rest

/** The person's own files that stand still, with the reason in words. */
export function BlockedFiles() {
  const { t } = useTranslation();
  const { say } = useLanguage();
  const { me } = useSession();
  const mine = useQuery(someFilesQuery({ owner: me.user.id, open: true, blocked: true }, most + 1));
  const more = (mine.data?.length ?? 0) > most;
  return (
    <Section
      title={t("today.blocked")}
      count={more ? undefined : mine.data?.length}
      flush
      actions={
        more && (
          <TextLink to="/pipeline" search={{ view: "list", owner: me.user.id, blocked: true }} size="sm">
            {t("today.all_blocked")}
          </TextLink>
        )
      }
    >
      <QueryView query={mine}>
        {(files) =>
          files.length === 0 ? (
            <EmptyState compact icon={IconLockOpen} title={t("today.none_blocked")}>
              {t("today.none_blocked_hint")}
            </EmptyState>
          ) : (
            <Stack component="ul" gap={0} m={0} p={0} style={{ listStyle: "none" }}>
              {files.slice(0, most).map((f) => (
                <Stack component="li" key={f.id} gap={3} px="md" py={9} className="ruled">
                  <Group justify="space-between" wrap="nowrap" gap="sm">
                    <Group gap={8} wrap="nowrap" miw={0}>
                      <TextLink to="/applications/$id" params={{ id: f.id }} fw={600} truncate>
                        {f.title || f.number}
                      </TextLink>
                      <StateBadge title={f.state_title} />
                    </Group>
                    <Text size="sm" c="dimmed">
                      <Age since={f.state_since} />
                    </Text>
                  </Group>
                  <Group gap={8} wrap="nowrap" align="flex-start" justify="space-between">
                    <Text size="sm" lineClamp={2} miw={0}>
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
