import { Badge, Box, Button, Group, SimpleGrid, Stack, Text } from "@mantine/core";
import { IconDownload } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { useLanguage } from "~/ui/language";
import { QueryView } from "~/ui/QueryView";
import { Section } from "~/ui/Section";
import { dataOf, lasting, type Purpose, type Register, registerQuery } from "./privacy";

/** The record of processing (GDPR Art. 30), purpose by purpose. */
export function RegisterTab() {
  const { t } = useTranslation();
  const { language } = useLanguage();
  const register = useQuery(registerQuery);
  return (
    <Stack gap="md">
      <Group justify="space-between" gap="sm">
        <Text c="dimmed" maw={720}>
          {t("privacy.register.hint")}
        </Text>
        <Button component="a" href={`/api/v1/privacy/register/document?locale=${language}&format=pdf`} download={`${t("privacy.register.file")}.pdf`} variant="default" leftSection={<IconDownload size={16} aria-hidden />}>
          {t("privacy.register.download")}
        </Button>
      </Group>
      <QueryView query={register}>
        {(r) => (
          <>
            {Object.keys(r.purposes)
              .sort()
              .map((key) => (
                <PurposeSection key={key} register={r} name={key} purpose={r.purposes[key]!} />
              ))}
          </>
        )}
      </QueryView>
    </Stack>
  );
}

function PurposeSection({ register, name, purpose: p }: { register: Register; name: string; purpose: Purpose }) {
  const { t } = useTranslation();
  const { say } = useLanguage();
  const data = dataOf(register, name);
  return (
    <Section
      title={say(p.title)}
      actions={
        <>
          {p.firm && <Badge color="petrol">{t("privacy.register.firm")}</Badge>}
          {p.consent && <Badge color="ochre">{t("privacy.register.by_consent")}</Badge>}
        </>
      }
    >
      <SimpleGrid component="dl" cols={{ base: 1, sm: 2 }} spacing="sm" m={0}>
        <Line name={t("privacy.register.data")}>{data.length > 0 ? data.map((d) => say(d.title)).join(", ") : t("privacy.register.no_data")}</Line>
        <Line name={t("privacy.register.basis")}>{say(p.basis)}</Line>
        <Line name={t("privacy.register.kept")}>
          <Kept purpose={p} />
        </Line>
        <Line name={t("privacy.register.recipients")}>{say(p.recipients)}</Line>
      </SimpleGrid>
    </Section>
  );
}

function Line({ name, children }: { name: string; children: ReactNode }) {
  return (
    <Box>
      <Text component="dt" size="sm" c="dimmed">
        {name}
      </Text>
      <Text component="dd" m={0} style={{ overflowWrap: "anywhere" }}>
        {children}
      </Text>
    </Box>
  );
}

function Kept({ purpose: p }: { purpose: Purpose }) {
  const { t } = useTranslation();
  if (p.clock === "never") return t("privacy.clock.never");
  const { unit, count } = lasting(p.months);
  return `${t(`privacy.lasting.${unit}`, { count })} ${t(`privacy.clock.${p.clock}`)}`;
}
