import { Text } from "@mantine/core";
import { IconArrowRight, IconClock } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import type { Blocker } from "~/api/problem";
import { useSession } from "~/app/session";
import { DateText } from "~/ui/DateText";
import { type FixRoute, fixRoute } from "~/ui/fix";
import { FixLink } from "~/ui/FixLink";
import { money, percent } from "~/ui/format";
import { useLanguage } from "~/ui/language";
import type { Language } from "~/i18n";
import { useFile } from "../FileContext";
import { useRoles } from "../words";
import classes from "./holding.module.css";

/** A figure of the template that a reason's clause compares with. */
export type Limit = { guard: string; name: string; title: { it: string; en: string }; value?: unknown };

type Props = { blocker: Blocker; limits?: Limit[] | null; submission?: string; onNavigate?: () => void };

/** One reason: what is not so, its value, who can change that, from when, and the way there. */
export function HoldingLine({ blocker: b, limits, submission, onNavigate }: Props) {
  const { t } = useTranslation();
  const { say, language } = useLanguage();
  const { file } = useFile();
  const { me, can } = useSession();
  const roles = useRoles();
  const facts = b.facts ?? [];
  const mine = [...(me.roles ?? []), "system", ...(b.kind && can("documents.write") ? ["broker"] : [])]; // a paper is for anybody who works on files
  const owners = [...new Set(facts.map((f) => f.owner).filter((o) => o && !mine.includes(o)))];
  const route = facts.map((f) => fixRoute(f.fix, file.id, { fact: f.name, subject: b.subject, kind: b.kind, submission })).find((r): r is FixRoute => r !== null);
  return (
    <li className={classes.line}>
      <Text size="sm" lh={1.35} className={classes.words}>
        {roles.inWords(say(b.text))}
        {b.need !== undefined && ` ${t("blocker.approvals", { have: b.have ?? 0, need: b.need })}`}
      </Text>
      {route && (
        <div className={classes.way}>
          <FixLink route={route} onClick={onNavigate}>
            {t("application.blocked.clear")} <IconArrowRight size={13} aria-hidden style={{ verticalAlign: -2 }} />
          </FixLink>
        </div>
      )}
      <div className={classes.hint}>
        {facts.map((f) => (
          <Value key={f.name} name={f.name} value={f.value} missing={f.missing && b.reason === undefined} expires={b.reason === "expires"} />
        ))}
        {(limits ?? []).filter((l) => l.guard === b.guard && typeof l.value === "number").map((l) => (
          <span key={l.name}>
            {say(l.title)}: <b>{figure(l.name, Number(l.value), language)}</b>
          </span>
        ))}
        {owners.length > 0 && <span>{t("application.blocked.who", { roles: owners.map(roles.title).join(", ") })}</span>}
        {b.earliest && (
          <span>
            <IconClock size={13} aria-hidden style={{ verticalAlign: -2 }} /> {t("blocker.from")} <DateText at={b.earliest} time />
          </span>
        )}
      </div>
    </li>
  );
}

const figure = (name: string, value: number, language: Language) => (name.endsWith("_bps") ? percent(value, language) : name.endsWith("_cents") ? money(value, language) : String(value));

/** The figure, word or day a reason turns on. */
function Value({ name, value, missing, expires }: { name: string; value: unknown; missing: boolean; expires: boolean }) {
  const { t } = useTranslation();
  const { language } = useLanguage();
  const word = name.replace(/^application\./, "");
  if (expires && typeof value === "string") {
    return (
      <span>
        {t("application.blocked.expires")} <DateText at={value.slice(0, 10)} />
      </span>
    );
  }
  const text = typeof value === "number" ? figure(word, value, language) : null;
  if (text === null && (!missing || word.includes("."))) return null;
  return (
    <span>
      {t(`blocker.fact.${word}`, { defaultValue: word.replace(/_/g, " ") })}: <b>{text ?? t("blocker.missing")}</b>
    </span>
  );
}
