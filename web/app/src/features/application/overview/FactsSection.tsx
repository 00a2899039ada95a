import { useQuery } from "@tanstack/react-query";
import { useSearch } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { DateText } from "~/ui/DateText";
import { useLanguage } from "~/ui/language";
import { Money, Percent } from "~/ui/Money";
import { QueryView } from "~/ui/QueryView";
import { Section } from "~/ui/Section";
import { useFile } from "../FileContext";
import classes from "../file.module.css";
import { useLanding } from "../landing";
import { factsQuery } from "../queries";
import type { Fact } from "../types";
import { useRoles } from "../words";
import { valueOf } from "./facts";
import { FactsForm } from "./FactsForm";

const firstEmpty = 'input:not([value]), input[value=""]';

/** The facts the agency's template asks for: those of this person's roles are a form, the others are read. */
export function FactsSection() {
  const { t } = useTranslation();
  const { file, editable } = useFile();
  const { edit } = useSearch({ from: "/inside/applications/$id" });
  const facts = useQuery(factsQuery(file.id));
  const landing = useLanding<HTMLDivElement>(edit === "facts" && facts.isSuccess, { into: firstEmpty });
  if (facts.data?.items.length === 0) return null;
  return (
    <div {...landing}>
      <Section title={t("application.facts.title")} id="facts">
        <QueryView query={facts}>
          {({ items, version }) => {
            const mine = editable ? items.filter((f) => f.editable) : [];
            const others = items.filter((f) => !mine.includes(f));
            return (
              <>
                {others.length > 0 && (
                  <dl className={classes.pairs} style={{ marginBottom: mine.length > 0 ? 16 : 0 }}>
                    {others.map((f) => (
                      <ReadFact key={f.name} fact={f} />
                    ))}
                  </dl>
                )}
                {mine.length > 0 && <FactsForm key={JSON.stringify(mine.map((f) => f.value))} facts={mine} version={version} />}
              </>
            );
          }}
        </QueryView>
      </Section>
    </div>
  );
}

function ReadFact({ fact: f }: { fact: Fact }) {
  const { t } = useTranslation();
  const { say } = useLanguage();
  const roles = useRoles();
  return (
    <>
      <dt>{say(f.title)}</dt>
      <dd>
        <FactValue fact={f} />
        <div style={{ fontSize: "var(--mantine-font-size-xs)", color: "var(--mantine-color-dimmed)" }}>
          {f.missing ? t("application.facts.expected", { role: roles.title(f.owner) }) : f.actor?.name}
        </div>
      </dd>
    </>
  );
}

function FactValue({ fact: f }: { fact: Fact }) {
  const { t } = useTranslation();
  if (f.value === null) return <>—</>;
  if (typeof f.value === "boolean") return <>{t(f.value ? "application.yes" : "application.no")}</>;
  if (typeof f.value === "number" && f.name.endsWith("_cents")) return <Money cents={f.value} />;
  if (typeof f.value === "number" && f.name.endsWith("_bps")) return <Percent bps={f.value} />;
  const text = String(valueOf(f));
  return /^\d{4}-\d\d-\d\d(T|$)/.test(text) ? <DateText at={text} /> : <>{text}</>;
}
