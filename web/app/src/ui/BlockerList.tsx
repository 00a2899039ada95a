import { Box, Group, Stack, Text } from "@mantine/core";
import { IconArrowRight, IconClock, IconLock } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import type { Blocker } from "~/api/problem";
import { DateText } from "./DateText";
import { fixRoute, type FixRoute } from "./fix";
import { FixLink } from "./FixLink";
import { money, percent } from "./format";
import { useLanguage } from "./language";

type Props = { blockers: Blocker[]; application?: string; submission?: string; names?: Record<string, string>; onNavigate?: () => void };

/** Why something cannot happen now, one line a reason, each with the way to where it is cleared. `names` gives subjects their names. */
export function BlockerList({ blockers, ...rest }: Props) {
  return (
    <Stack component="ul" gap={8} m={0} p={0} style={{ listStyle: "none" }}>
      {blockers.map((b, i) => (
        <Reason key={`${b.guard ?? b.code}-${b.kind ?? ""}-${b.subject ?? ""}-${i}`} blocker={b} {...rest} />
      ))}
    </Stack>
  );
}

function Reason({ blocker: b, application, submission, names, onNavigate }: Omit<Props, "blockers"> & { blocker: Blocker }) {
  const { t } = useTranslation();
  const { say } = useLanguage();
  const facts = b.facts ?? [];
  const routes = new Map<string, FixRoute>();
  for (const f of facts) {
    const route = application ? fixRoute(f.fix, application, { fact: f.name, subject: b.subject, kind: b.kind, submission }) : null;
    if (route) routes.set(f.fix, route);
  }
  return (
    <Group component="li" gap={8} align="flex-start" wrap="nowrap">
      <Box pt={2} c="ochre.6">
        {b.earliest ? <IconClock size={16} aria-hidden /> : <IconLock size={16} aria-hidden />}
      </Box>
      <Box miw={0}>
        <Text size="sm">
          {say(b.text)}
          {b.subject && names?.[b.subject] ? ` (${names[b.subject]})` : ""}
          {b.need !== undefined && ` ${t("blocker.approvals", { have: b.have ?? 0, need: b.need })}`}
          {b.earliest && (
            <>
              {" "}
              {t("blocker.from")} <DateText at={b.earliest} time />
            </>
          )}
        </Text>
        <Group gap="sm">
          {facts.filter((f) => f.value != null || f.missing).map((f) => (
            <FactValue key={f.name} name={f.name} value={f.value} missing={f.missing} />
          ))}
          {[...routes.entries()].map(([fix, route]) => (
            <FixLink key={fix} route={route} onClick={onNavigate}>
              {t(`blocker.fix.${fix.split(":")[0] === "form" ? fix.slice(5) : fix.split(":")[0]}`, { defaultValue: t("blocker.fix.facts") })}{" "}
              <IconArrowRight size={13} aria-hidden style={{ verticalAlign: -2 }} />
            </FixLink>
          ))}
        </Group>
      </Box>
    </Group>
  );
}

/** The value a reason turns on, where it is a figure a person reads. */
function FactValue({ name, value, missing }: { name: string; value: unknown; missing: boolean }) {
  const { t } = useTranslation();
  const { language } = useLanguage();
  const word = name.replace(/^application\./, "");
  const figure = typeof value === "number" && (word.endsWith("_bps") ? percent(value, language) : word.endsWith("_cents") ? money(value, language) : String(value));
  if (!figure && !(missing && !word.includes("."))) return null;
  return (
    <Text size="xs" c="dimmed">
      {t(`blocker.fact.${word}`, { defaultValue: word.replace(/_/g, " ") })}: {figure || t("blocker.missing")}
    </Text>
  );
}
