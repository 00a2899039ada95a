import { useTranslation } from "react-i18next";
import type { Text } from "~/api/types";
import type { Language } from "~/i18n";

/** The language on the screen, and a function that picks it out of words in both. */
export function useLanguage() {
  const { i18n } = useTranslation();
  const language: Language = i18n.language === "en" ? "en" : "it";
  return { language, say: (text: Text) => text[language] || text.en };
}
