import { Group, Text } from "@mantine/core";
import { type Icon, IconArrowRight, IconCircleDashed, IconClock, IconPlayerPlay, IconUserCheck } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import type { Plan } from "~/api/types";
import { DateText } from "~/ui/DateText";
import { fixRoute, type FixRoute } from "~/ui/fix";
import { FixLink } from "~/ui/FixLink";
import { useLanguage } from "~/ui/language";
import { useFile } from "../FileContext";
import { useRoles } from "../words";
import classes from "./plan.module.css";

type Step = NonNullable<Plan["steps"]>[number];

const signs: Record<string, Icon> = { clear: IconCircleDashed, wait: IconClock, approve: IconUserCheck, event: IconPlayerPlay };

/** One step of the way: what, by whom or when, and the way to do it. */
export function PlanStep({ step: s, titles }: { step: Step; titles: Map<string, string> }) {
  const { t } = useTranslation();
  const { say } = useLanguage();
  const { file, names } = useFile();
  const roles = useRoles();
  const Sign = signs[s.do] ?? IconPlayerPlay;
  const b = s.blocker;
  const route = (b?.facts ?? []).map((f) => fixRoute(f.fix, file.id, { fact: f.name, subject: b!.subject, kind: b!.kind })).find((r): r is FixRoute => r !== null);
  const by = (s.by ?? []).map(roles.title).join(", ");
  const leads = (s.states ?? []).map((state) => titles.get(state)).filter(Boolean);
  return (
    <li className={classes.step}>
      <span className={classes.sign} data-do={s.do}>
        <Sign size={16} aria-hidden />
      </span>
      <div>
        <Text size="sm" fw={s.do === "event" ? 600 : undefined} lh={1.35}>
          {roles.inWords(say(s.text))}
          {b?.subject && names[b.subject] ? ` (${names[b.subject]})` : ""}
        </Text>
        <Group gap="0 10px" fz="xs" c="dimmed">
          <span>
            {s.until ? (
              <>
                {t("application.plan.from")} <DateText at={s.until} />
              </>
            ) : s.automatic ? (
              t("application.plan.automatic")
            ) : (
              by || t("application.plan.anyone")
            )}
          </span>
          {leads.length > 0 && (
            <span>
              <IconArrowRight size={12} aria-label={t("application.history.to")} style={{ verticalAlign: -2 }} /> {leads.join(" + ")}
            </span>
          )}
        </Group>
      </div>
      {route && <FixLink route={route}>{t("application.blocked.clear")}</FixLink>}
    </li>
  );
}
