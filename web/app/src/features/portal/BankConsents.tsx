import { Badge, Box, Button, Group, Stack, Text } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "~/api/client";
import { Confirm } from "~/ui/Confirm";
import { DateText } from "~/ui/DateText";
import { QueryView } from "~/ui/QueryView";
import { Section } from "~/ui/Section";
import { bankQuery, own, type OwnBank } from "./portal";
import { useAct, useOwn } from "./visit";

const colors = { asked: "ochre", valid: "moss", ending: "gray", ended: "gray" } as const;

/** At which banks the person lets their accounts be read, until when, and the way to take that back. */
export function BankConsents() {
  const { t } = useTranslation();
  const consents = useOwn(bankQuery);
  return (
    <Section title={t("portal.bank.title")} flush>
      <QueryView query={consents}>
        {(list) =>
          list.length === 0 ? (
            <Text c="dimmed" p="md">
              {t("portal.bank.none")}
            </Text>
          ) : (
            <Box component="ul" m={0} p={0} style={{ listStyle: "none" }}>
              {list.slice(0, 20).map((c) => (
                <Row key={c.id} of={c} />
              ))}
            </Box>
          )
        }
      </QueryView>
    </Section>
  );
}

function Row({ of: c }: { of: OwnBank }) {
  const { t } = useTranslation();
  const [asking, setAsking] = useState(false);
  const withdraw = useAct<void, unknown>(
    (_, once) => own(api.POST("/api/v1/portal/bank-consents/{id}/withdrawal", { params: { path: { id: c.id }, header: once(c.id) } })),
    () => setAsking(false),
  );
  const live = c.state === "asked" || c.state === "valid";
  return (
    <Box component="li" className="ruled" px="md" py="sm">
      <Group justify="space-between" gap="sm">
        <Stack gap={4}>
          <Text fw={600}>{c.institution_name}</Text>
          <Group gap={6}>
            <Badge color={colors[c.state]}>{t(`portal.bank.state.${c.state}`)}</Badge>
            {live && (
              <Text size="sm">
                {t("portal.bank.until")} <DateText at={c.valid_until} />
              </Text>
            )}
          </Group>
          {c.last_read_at && (
            <Text size="sm" c="dimmed">
              {t("portal.bank.read")} <DateText at={c.last_read_at} time />
            </Text>
          )}
        </Stack>
        {live && (
          <Group gap="xs">
            {c.link && (
              <Button component="a" href={c.link.url} aria-label={t("portal.bank.go_to", { bank: c.institution_name })}>
                {t("portal.bank.go")}
              </Button>
            )}
            <Button variant="default" onClick={() => setAsking(true)} aria-label={t(`portal.bank.end_of.${c.state}`, { bank: c.institution_name })}>
              {t(`portal.bank.end.${c.state}`)}
            </Button>
          </Group>
        )}
      </Group>
      <Confirm
        opened={asking}
        onClose={() => setAsking(false)}
        title={t("portal.consent.withdraw_ask")}
        action={t(`portal.bank.end.${c.state === "asked" ? "asked" : "valid"}`)}
        danger
        pending={withdraw.isPending}
        error={withdraw.error}
        onConfirm={() => withdraw.mutate()}
      >
        {t(`portal.bank.end_hint.${c.state === "asked" ? "asked" : "valid"}`)}
      </Confirm>
    </Box>
  );
}
