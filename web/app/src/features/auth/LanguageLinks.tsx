import { Button, Group } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { languages, speak } from "~/i18n";

/** Before we know somebody, their language is the browser's; they may know better. */
export function LanguageLinks() {
  const { t, i18n } = useTranslation();
  return (
    <Group gap={4} mt="md" role="group" aria-label={t("shell.language")}>
      {languages.map((l) => (
        <Button key={l} size="compact-sm" variant="subtle" lang={l} aria-pressed={i18n.language === l} fw={i18n.language === l ? 700 : 400} onClick={() => void speak(l)}>
          {t(`shell.languages.${l}`)}
        </Button>
      ))}
    </Group>
  );
}
