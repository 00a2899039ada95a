import { useTranslation } from "react-i18next";
import type { Card } from "~/api/types";
import { useLanguage } from "~/ui/language";

/** What stands broken in a file's submissions, in a sentence with the first one's lender; null where nothing does. */
export function useSentBreach({ submission_breaches: sent }: Pick<Card, "submission_breaches">): string | null {
  const { t } = useTranslation();
  const { say } = useLanguage();
  return sent && t("application.breach.sent", { count: sent.count, more: sent.count - 1, lender: sent.lender, text: say(sent.first) });
}
