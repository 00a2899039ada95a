import { Box, Button, Center, Paper, Stack, Text } from "@mantine/core";
import { IconEyeOff } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { DateText } from "~/ui/DateText";
import { EmptyState } from "~/ui/EmptyState";
import { useLanguage } from "~/ui/language";
import { QueryView } from "~/ui/QueryView";
import { type Access, accessQuery } from "./portal";
import { useOwnPages, useVisit } from "./visit";

/** Who has read or changed the person's data, when, and what for; the agency's people by their role. */
export function AccessView() {
  const { t } = useTranslation();
  const { me } = useVisit();
  const log = useOwnPages(accessQuery);
  return (
    <Stack gap="md">
      <Text>{t("portal.access.hint", { agency: me.agency })}</Text>
      <Paper bg="var(--paper)">
        <QueryView query={log}>
          {({ pages }) => {
            const lines = pages.flatMap((p) => p.items);
            if (lines.length === 0) return <EmptyState icon={IconEyeOff} title={t("portal.access.none")} compact />;
            return (
              <Box component="ol" m={0} p={0} style={{ listStyle: "none" }}>
                {lines.map((l, i) => (
                  <Line key={i} line={l} />
                ))}
              </Box>
            );
          }}
        </QueryView>
      </Paper>
      {log.hasNextPage && (
        <Center>
          <Button variant="default" loading={log.isFetchingNextPage} onClick={() => void log.fetchNextPage()}>
            {t("common.more")}
          </Button>
        </Center>
      )}
    </Stack>
  );
}

function Line({ line: l }: { line: Access }) {
  const { t } = useTranslation();
  const { say } = useLanguage();
  return (
    <Box component="li" className="ruled" px="md" py="sm">
      <Text>
        <Text span fw={600}>
          {capital(say(l.by))}
        </Text>
        : {say(l.action)} ({t(`portal.access.about.${l.about}`)})
      </Text>
      <Text size="sm" c="dimmed">
        <DateText at={l.at} time /> · {say(l.why)}
      </Text>
    </Box>
  );
}

const capital = (words: string) => words.charAt(0).toUpperCase() + words.slice(1);
