import { Badge, Box, Button, Collapse, Group, Paper, Text, Title } from "@mantine/core";
import { useDisclosure, useMediaQuery } from "@mantine/hooks";
import { IconChevronDown, IconCircleCheck, IconLock } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import type { Offer } from "~/api/types";
import { offersQuery } from "~/features/workflow/offers";
import { useLanguage } from "~/ui/language";
import { Loading } from "~/ui/Loading";
import { QueryView } from "~/ui/QueryView";
import { useFile } from "../FileContext";
import classes from "../file.module.css";
import { nextStep, othersOnly } from "../nextStep";
import { HoldingList } from "./HoldingList";
import { Waiting } from "./Waiting";

/** What stands between the file and its next step, always in view. It shrinks as things are cleared, by whoever clears them. */
export function NextStepPanel() {
  const { file } = useFile();
  const offers = useQuery(offersQuery("applications", file.id));
  return (
    <QueryView query={offers} loading={<Loading rows={5} />}>
      {({ items }) => {
        const next = nextStep(items ?? [], file.state);
        const blocked = next !== null && !next.enabled;
        return <aside className={blocked ? `${classes.rail} ${classes.pinned}` : classes.rail}>{next ? <Panel next={next} /> : <Waiting />}</aside>;
      }}
    </QueryView>
  );
}

function Panel({ next }: { next: Offer }) {
  const { t } = useTranslation();
  const { say } = useLanguage();
  const narrow = useMediaQuery("(max-width: 75em)");
  const [opened, { toggle }] = useDisclosure();
  const count = next.blockers?.length ?? 0;
  if (next.enabled) return <Clear title={say(next.title)} />;
  const shown = !narrow || opened;
  return (
    <Paper component="section" aria-labelledby="why-blocked" bg="var(--paper)" style={{ display: "flex", flexDirection: "column", minHeight: 0, borderTop: "3px solid var(--mantine-color-ochre-5)" }}>
      <Group px="md" py="xs" gap={8} wrap="nowrap" justify="space-between" style={shown ? { borderBottom: "1px solid var(--line)" } : undefined}>
        <Box miw={0}>
          <Group gap={8} wrap="nowrap">
            <Box c="ochre.6" lh={0}>
              <IconLock size={18} aria-hidden />
            </Box>
            <Title order={2} id="why-blocked" size="h3">
              {t(othersOnly(next) ? "application.blocked.others" : "application.blocked.title", { event: say(next.title) })}
            </Title>
          </Group>
        </Box>
        <Badge color="ochre" size="lg" flex="none" aria-label={t("application.blocked.count", { count })} aria-live="polite">
          {count}
        </Badge>
        {narrow && (
          <Button flex="none" size="compact-sm" variant="subtle" aria-expanded={opened} aria-controls="why-blocked-list" onClick={toggle} rightSection={<IconChevronDown size={15} aria-hidden style={opened ? { transform: "rotate(180deg)" } : undefined} />}>
            {t(opened ? "application.blocked.hide" : "application.blocked.show")}
          </Button>
        )}
      </Group>
      <Collapse expanded={shown} className={classes.railBody} id="why-blocked-list" tabIndex={0} role="group" aria-labelledby="why-blocked">
        <HoldingList blockers={next.blockers ?? []} limits={next.limits} onNavigate={narrow && opened ? toggle : undefined} />
        {othersOnly(next) && <Meanwhile />}
      </Collapse>
    </Paper>
  );
}

/** Whoever may not take the step is not told each reason, but may be the one who can clear the first. */
function Meanwhile() {
  const { t } = useTranslation();
  const { say } = useLanguage();
  const { file } = useFile();
  if (!file.blocked) return null;
  return (
    <Text size="sm" px="md" pb="sm" c="dimmed">
      {t("application.blocked.meanwhile", { count: file.blocked.count })} {say(file.blocked.first)}
    </Text>
  );
}

/** Nothing is in the way. */
function Clear({ title }: { title: string }) {
  const { t } = useTranslation();
  return (
    <Paper p="md" bg="var(--paper)" style={{ borderTop: "3px solid var(--mantine-color-moss-5)" }}>
      <Group gap={8} wrap="nowrap" align="flex-start">
        <Box c="moss.6" lh={0} pt={2}>
          <IconCircleCheck size={18} aria-hidden />
        </Box>
        <div>
          <Text fw={600}>{t("application.clear.title")}</Text>
          <Text size="sm" c="dimmed">
            {t("application.clear.text", { event: title })}
          </Text>
        </div>
      </Group>
    </Paper>
  );
}
