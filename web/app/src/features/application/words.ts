import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { rolesQuery } from "~/features/members/members";
import { useLanguage } from "~/ui/language";

/** A term as people say it: "25 years", "7 years and 6 months". */
export function useTerm() {
  const { t } = useTranslation();
  return (months: number) => {
    const years = Math.floor(months / 12);
    const rest = months % 12;
    if (years === 0) return t("application.months", { count: rest });
    if (rest === 0) return t("application.years", { count: years });
    return t("application.years_months", { years: t("application.years", { count: years }), months: t("application.months", { count: rest }) });
  };
}

/** A role's title, and sentences in which the server names roles by their keys. */
export function useRoles() {
  const { say } = useLanguage();
  const roles = useQuery(rolesQuery);
  const titles = new Map((roles.data ?? []).map((r) => [r.key, say(r.title)]));
  return {
    title: (key: string) => titles.get(key) ?? key.replace(/_/g, " "),
    inWords: (sentence: string) => sentence.replace(/\b[a-z]+(?:_[a-z]+)*\b/g, (word) => (word.includes("_") || word === "broker" ? (titles.get(word) ?? word) : word)),
  };
}

/** "2.4 MB". */
export function useFileSize() {
  const { language } = useLanguage();
  const number = new Intl.NumberFormat(language === "it" ? "it-IT" : "en-GB", { maximumFractionDigits: 1 });
  return (bytes: number) => (bytes < 1_000_000 ? `${number.format(Math.max(0.1, bytes / 1_000))} kB` : `${number.format(bytes / 1_000_000)} MB`);
}
