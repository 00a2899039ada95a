import { Badge, Group, Stack, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { Finding } from "~/api/types";

/** What a check says, to be read: there is no text beside it to go to. */
export function FindingLines({ findings }: { findings: Finding[] }) {
  const { t } = useTranslation();
  return (
    <Stack component="ul" gap={0} m={0} p={0} mah={240} tabIndex={0} aria-label={t("base.findings")} style={{ listStyle: "none", overflowY: "auto" }}>
      {findings.map((f, i) => (
        <Stack key={`${f.code}-${f.line}-${i}`} component="li" gap={2} py={6} className="ruled">
          <Group gap={8}>
            <Badge color={f.severity === "error" ? "brick" : "ochre"}>{t(`base.severity.${f.severity}`, { defaultValue: f.severity })}</Badge>
            <Text size="xs" c="dimmed">
              {t("base.line", { line: f.line })} · {f.code}
            </Text>
          </Group>
          <Text size="sm">{f.message}</Text>
        </Stack>
      ))}
    </Stack>
  );
}
