import { Box, Button, Group, Stack, Text } from "@mantine/core";
import { IconExternalLink } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { DateText } from "~/ui/DateText";
import { Section } from "~/ui/Section";
import { bankQuery } from "./portal";
import { useOwn, useVisit } from "./visit";

/** The banks at which the agency waits for the person's consent, each with the way there; nothing where it waits for none. */
export function BankAsked() {
  const { t } = useTranslation();
  const { me } = useVisit();
  const asked = (useOwn(bankQuery).data ?? []).filter((c) => c.state === "asked" && c.link);
  if (asked.length === 0) return null;
  return (
    <Section title={t("portal.bank.asked")} flush>
      <Box component="ul" m={0} p={0} style={{ listStyle: "none" }}>
        {asked.map((c) => (
          <Box component="li" key={c.id} className="ruled" px="md" py="sm">
            <Group justify="space-between" gap="sm">
              <Stack gap={2} style={{ flex: "1 1 16rem" }}>
                <Text fw={600}>{c.institution_name}</Text>
                <Text size="sm">{t("portal.bank.asks", { agency: me.agency })}</Text>
                <Text size="sm" c="dimmed">
                  {t("portal.bank.open_until")} <DateText at={c.link?.until ?? ""} />
                </Text>
              </Stack>
              <Button component="a" href={c.link?.url} rightSection={<IconExternalLink size={17} aria-hidden />} aria-label={t("portal.bank.go_to", { bank: c.institution_name })}>
                {t("portal.bank.go")}
              </Button>
            </Group>
          </Box>
        ))}
      </Box>
    </Section>
  );
}
