import { Badge, Button, Group, Stack, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { TemplateVersion } from "~/api/types";
import { DateText } from "~/ui/DateText";
import { Section } from "~/ui/Section";

type Props = { versions: TemplateVersion[]; shown: string; onOpen: (version: TemplateVersion) => void };

export function Versions({ versions, shown, onOpen }: Props) {
  const { t } = useTranslation();
  return (
    <Section title={t("workflow.versions")} count={versions.length} flush>
      <Stack component="ul" gap={0} m={0} p={0} style={{ listStyle: "none" }}>
        {versions.map((v) => (
          <Group key={v.id} component="li" justify="space-between" px="md" py={8} wrap="nowrap" className="ruled">
            <div>
              <Group gap={8}>
                <Text fw={600}>{t("workflow.version_number", { version: v.version })}</Text>
                <Badge color={v.status === "published" ? "moss" : v.status === "draft" ? "ochre" : "gray"}>{t(`workflow.status.${v.status}`)}</Badge>
              </Group>
              <Text size="sm" c="dimmed">
                <DateText at={v.published_at ?? v.created_at} time /> · {t("workflow.in_flight", { count: v.instances })}
              </Text>
            </div>
            <Button size="compact-sm" variant="subtle" disabled={v.id === shown} aria-label={v.id === shown ? undefined : t("workflow.open_version", { version: v.version })} onClick={() => onOpen(v)}>
              {v.id === shown ? t("workflow.shown") : t("workflow.open")}
            </Button>
          </Group>
        ))}
      </Stack>
    </Section>
  );
}
