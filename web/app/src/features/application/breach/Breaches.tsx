import { Box, Button, Group, Paper, Text, Title } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconAlertTriangle } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { useSession } from "~/app/session";
import { Age } from "~/ui/DateText";
import { useLanguage } from "~/ui/language";
import { HoldingList } from "../blocked/HoldingList";
import type { Breach } from "../types";
import { useRoles } from "../words";
import { type Waived, WaiveDialog } from "./WaiveDialog";

type Props = { breaches: Breach[] | null; of: Waived };

/** Conditions that no longer hold: which, with what values, and who may let them stand. Nothing moves until then. */
export function Breaches({ breaches, of }: Props) {
  const { t } = useTranslation();
  if (!breaches || breaches.length === 0) return null;
  return (
    <Paper component="section" role="alert" aria-label={t("application.breach.title", { count: breaches.length })} bg="var(--paper)" mb="md" style={{ borderLeft: "4px solid var(--mantine-color-brick-6)" }}>
      {breaches.map((b) => (
        <OneBreach key={b.invariant} breach={b} of={of} />
      ))}
    </Paper>
  );
}

function OneBreach({ breach: b, of }: { breach: Breach; of: Waived }) {
  const { t } = useTranslation();
  const { say } = useLanguage();
  const { me, can } = useSession();
  const roles = useRoles();
  const [asking, dialog] = useDisclosure();
  const waive = b.waive ?? [];
  const mine = can(`${of.noun}.waive`) && waive.some((r) => (me.roles ?? []).includes(r));
  return (
    <Box pb={6} className="ruled">
      <Group gap={10} px="md" pt="sm" wrap="nowrap" align="flex-start">
        <Box c="brick.6" lh={0} pt={3}>
          <IconAlertTriangle size={18} aria-hidden />
        </Box>
        <Box flex={1}>
          <Title order={2} size="h3">
            {t("application.breach.one", { text: say(b.text) })}
          </Title>
          <Text size="sm" c="dimmed">
            {t("application.breach.holds")} <Age since={b.since} />.{" "}
            {waive.length > 0 ? t("application.breach.who", { roles: waive.map(roles.title).join(", ") }) : t("application.breach.nobody")}
          </Text>
        </Box>
        {mine && (
          <Button flex="none" variant="light" color="brick" onClick={dialog.open}>
            {t("application.breach.waive")}
          </Button>
        )}
      </Group>
      <HoldingList blockers={b.blockers ?? []} submission={of.noun === "submissions" ? of.id : undefined} />
      {asking && <WaiveDialog breach={b} of={of} onClose={dialog.close} />}
    </Box>
  );
}
