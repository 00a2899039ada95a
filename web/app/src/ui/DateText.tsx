import { useTranslation } from "react-i18next";
import { ago, day, dayTime, daysSince } from "./format";
import { useLanguage } from "./language";

/** A day (YYYY-MM-DD) or instant as a date; the exact time is in its title. */
export function DateText({ at, time = false }: { at: string | null | undefined; time?: boolean }) {
  const { language } = useLanguage();
  const { t } = useTranslation();
  if (!at) return <span aria-label={t("common.unknown")}>—</span>;
  const text = time && at.length > 10 ? dayTime(at, language) : day(at, language);
  return (
    <time dateTime={at} title={at.length > 10 ? dayTime(at, language) : undefined} style={{ whiteSpace: "nowrap" }}>
      {text}
    </time>
  );
}

/** "3 days ago". */
export function Ago({ at }: { at: string }) {
  const { language } = useLanguage();
  return (
    <time dateTime={at} title={dayTime(at, language)} style={{ whiteSpace: "nowrap" }}>
      {ago(at, language)}
    </time>
  );
}

/** How many days something has stood where it is. */
export function Age({ since }: { since: string }) {
  const { t } = useTranslation();
  const { language } = useLanguage();
  const days = daysSince(since);
  return (
    <time dateTime={since} title={dayTime(since, language)} style={{ whiteSpace: "nowrap" }}>
      {days === 0 ? t("common.today") : t("common.days", { count: days })}
    </time>
  );
}
