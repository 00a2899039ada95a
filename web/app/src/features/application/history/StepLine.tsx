import { Group, Text } from "@mantine/core";
import { IconArrowRight } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { DateText } from "~/ui/DateText";
import { useLanguage } from "~/ui/language";
import { useLanding } from "../landing";
import type { Step } from "../types";
import history from "./history.module.css";
import { Said } from "./Said";

type Props = { step: Step; bad: boolean };

/** One step: who, what, when, why, and which conditions were looked at. */
export function StepLine({ step: s, bad }: Props) {
  const { t } = useTranslation();
  const { say } = useLanguage();
  const landing = useLanding<HTMLLIElement>(bad);
  const from = (s.from_titles ?? []).map(say).join(", ");
  const to = (s.to_titles ?? []).map(say).join(", ");
  const clauses = s.clauses ?? [];
  const look = [history.step, bad && history.bad, s.outcome === "refused" && history.refused, landing.className].filter(Boolean).join(" ");
  return (
    <li {...landing} className={look}>
      <Text fw={600}>{s.event === "" ? t("application.history.opened") : say(s.event_title)}</Text>
      {to && to !== from && (
        <Group gap={6} component="div" fz="sm">
          {from && (
            <>
              {from} <IconArrowRight size={14} aria-label={t("application.history.to")} />
            </>
          )}
          <b>{to}</b>
        </Group>
      )}
      {s.outcome === "recorded" && s.event !== "" && s.event !== "waive" && <Text size="sm">{t("application.history.recorded")}</Text>}
      <Text size="sm" c="dimmed">
        {s.actor.name || t("application.machine")}
        {s.for && ` ${t("application.history.for", { name: s.for.name })}`} · <DateText at={s.at} time />
      </Text>
      <Said step={s} />
      {clauses.length > 0 && (
        <details className={history.checks}>
          <summary>
            <Text span size="sm" c="dimmed">
              {t("application.history.clauses", { count: clauses.length })}
            </Text>
          </summary>
          <ul>
            {clauses.map((c) => (
              <Text component="li" size="sm" key={`${c.transition}-${c.guard}`}>
                <code>{c.guard}</code>: {t(`application.history.clause.${c.outcome}`, { defaultValue: c.outcome })}
              </Text>
            ))}
          </ul>
        </details>
      )}
    </li>
  );
}

/** A run of changes to the file's data, each looked at by the machine without a step. */
export function DataLine({ steps, bad }: { steps: Step[]; bad: number | undefined }) {
  const { t } = useTranslation();
  const has = steps.some((s) => s.sequence === bad);
  const landing = useLanding<HTMLLIElement>(has);
  return (
    <li {...landing} className={[history.step, history.data, has && history.bad, landing.className].filter(Boolean).join(" ")}>
      <Text size="sm" c="dimmed">
        {t("application.history.data", { count: steps.length })} · <DateText at={steps[0]!.at} time />
      </Text>
    </li>
  );
}
