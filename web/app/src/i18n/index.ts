import i18n from "i18next";
import { initReactI18next } from "react-i18next";

export type Language = "it" | "en";
export const languages: Language[] = ["it", "en"];

const remembered = "pratica.language";

/** The language of this browser's last person, else the browser's own, else Italian. */
export function firstLanguage(): Language {
  const kept = localStorage.getItem(remembered);
  if (kept === "it" || kept === "en") return kept;
  return navigator.language.toLowerCase().startsWith("en") ? "en" : "it";
}

const load = async (language: Language) => (language === "it" ? (await import("./it")).default : (await import("./en")).default);

export async function startWords() {
  const language = firstLanguage();
  await i18n.use(initReactI18next).init({
    lng: language,
    fallbackLng: false,
    resources: { [language]: { translation: await load(language) } },
    interpolation: { escapeValue: false },
    returnNull: false,
  });
  document.documentElement.lang = language;
}

/** Changes the language of everything on the screen; its words are fetched when they are first wanted. */
export async function speak(language: Language) {
  if (!i18n.hasResourceBundle(language, "translation")) i18n.addResourceBundle(language, "translation", await load(language));
  localStorage.setItem(remembered, language);
  document.documentElement.lang = language;
  await i18n.changeLanguage(language);
}
