import { Badge, Box, Group, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { DateText } from "~/ui/DateText";
import { Section } from "~/ui/Section";
import type { Request } from "./portal";

const colors = { open: "ochre", done: "moss", refused: "gray" } as const;

/** What was asked for, and how far the agency is with it. */
export function RequestList({ requests }: { requests: Request[] }) {
  const { t } = useTranslation();
  return (
    <Section title={t("portal.rights.requests")} flush>
      {requests.length === 0 ? (
        <Text c="dimmed" p="md">
          {t("portal.rights.requests_none")}
        </Text>
      ) : (
        <Box component="ul" m={0} p={0} style={{ listStyle: "none" }}>
          {requests.map((r) => (
            <Box component="li" key={r.id} className="ruled" px="md" py="sm">
              <Group justify="space-between" gap="4px 12px">
                <Text fw={600}>{t(`portal.rights.kind.${r.kind}`)}</Text>
                <Badge color={colors[r.state]}>{t(`portal.rights.state.${r.state}`)}</Badge>
              </Group>
              <Text size="sm" c="dimmed">
                {t("portal.rights.asked_on")} <DateText at={r.asked_at} /> · {t(r.answered_at ? "portal.rights.answered_on" : "portal.rights.answer_by")} <DateText at={r.answered_at ?? r.answer_by} />
              </Text>
              {r.state === "refused" && (
                <Text size="sm">
                  {r.reason && `${t(`portal.rights.why.${r.reason}`)}. `}
                  {t("portal.rights.refused_hint")}
                </Text>
              )}
            </Box>
          ))}
        </Box>
      )}
    </Section>
  );
}
