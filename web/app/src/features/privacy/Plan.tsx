import { List, Stack, Text } from "@mantine/core";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { DateText } from "~/ui/DateText";
import { useLanguage } from "~/ui/language";
import type { Erasure } from "./privacy";
import { useTitle } from "./useTitle";

/** What an erasure takes at once, and what is kept, for what and until when. */
export function Plan({ erasure }: { erasure: Erasure }) {
  const { t } = useTranslation();
  const { say } = useLanguage();
  const title = useTitle();
  const data = erasure.data ?? [];
  const now = data.filter((d) => d.now);
  const kept = data.filter((d) => !d.now);
  if (data.length === 0) return <Text>{t("privacy.erasure.nothing")}</Text>;
  return (
    <Stack gap="sm">
      {now.length > 0 && (
        <Group title={t("privacy.erasure.goes")}>
          {now.map((d) => (
            <List.Item key={d.datum}>{say(d.title)}</List.Item>
          ))}
        </Group>
      )}
      {kept.length > 0 && (
        <Group title={t("privacy.erasure.stays")}>
          {kept.map((d) => (
            <List.Item key={d.datum}>
              {say(d.title)}:{" "}
              <Text span c="dimmed" inherit>
                {title(d.purpose)}, {d.until ? <>{t("privacy.erasure.until")} <DateText at={d.until} /></> : t("privacy.erasure.no_clock")}
              </Text>
            </List.Item>
          ))}
        </Group>
      )}
    </Stack>
  );
}

function Group({ title, children }: { title: string; children: ReactNode }) {
  return (
    <div>
      <Text fw={600} size="sm" mb={2}>
        {title}
      </Text>
      <List size="sm" spacing={2}>
        {children}
      </List>
    </div>
  );
}
