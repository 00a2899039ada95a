import { Alert, Button, Group, Modal, Stack, Table, Text } from "@mantine/core";
import { IconAlertTriangle } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { DateText } from "~/ui/DateText";
import { Money, Percent } from "~/ui/Money";
import { QueryView } from "~/ui/QueryView";
import { type CashFlow, cashFlowQuery, type Figure } from "./outside";

/** What was found in a person's accounts, each figure with why. */
export function CashFlowPart({ id }: { id: string }) {
  const { t } = useTranslation();
  const flow = useQuery(cashFlowQuery(id));
  const [why, setWhy] = useState<Figure | null>(null);
  return (
    <QueryView query={flow}>
      {(f) =>
        f.id === "" ? (
          <Text size="sm" c="dimmed">
            {t("outside.figures.none")}
          </Text>
        ) : (
          <Stack gap={4}>
            <Text size="xs" c="dimmed">
              {t("outside.figures.period")} <DateText at={f.from} /> – <DateText at={f.to} />
            </Text>
            {!f.in_force && (
              <Text size="xs" c="brick">
                {t("outside.figures.over")}
              </Text>
            )}
            {(f.figures ?? []).map((x) => (
              <Group key={x.name} justify="space-between" gap="xs" wrap="nowrap">
                <Text size="sm">{t(`outside.figures.name.${x.name}`, { defaultValue: x.name.replace(/_/g, " ") })}</Text>
                <Group gap="xs" wrap="nowrap">
                  <Value figure={x} />
                  <Button variant="subtle" size="compact-xs" aria-label={t("outside.figures.why_of", { figure: t(`outside.figures.name.${x.name}`, { defaultValue: x.name }) })} onClick={() => setWhy(x)}>
                    {t("outside.figures.why")}
                  </Button>
                </Group>
              </Group>
            ))}
            <Accounts of={f.accounts ?? []} />
            {why && <Why flow={f} figure={why} onClose={() => setWhy(null)} />}
          </Stack>
        )
      }
    </QueryView>
  );
}

/** Which accounts are in the figures, at which bank, and that each counts whole: banks tell a name, and no share. */
function Accounts({ of: accounts }: { of: NonNullable<CashFlow["accounts"]> }) {
  const { t } = useTranslation();
  if (accounts.length === 0) return null;
  const named = (a: (typeof accounts)[number]) => [a.institution_name, a.iban ? `…${a.iban.slice(-4)}` : a.name, a.owner_name].filter(Boolean).join(" ");
  const foreign = accounts.filter((a) => a.holder === "other");
  return (
    <>
      {foreign.length > 0 && (
        <Alert color="ochre" icon={<IconAlertTriangle aria-hidden />} py="xs" mt={4}>
          {t("outside.figures.other_holder", { accounts: foreign.map(named).join(", ") })}
        </Alert>
      )}
      <Text size="xs" c="dimmed" mt={4}>
        {t("outside.figures.accounts")} {accounts.map(named).join(", ")}. {t("outside.figures.whole")}
      </Text>
    </>
  );
}

function Value({ figure: x }: { figure: Figure }) {
  const { t } = useTranslation();
  if (x.name.endsWith("_cents")) return <Money cents={x.value} fw={600} size="sm" />;
  if (x.name.endsWith("_bps")) return <Percent bps={x.value} fw={600} size="sm" />;
  return (
    <Text size="sm" fw={600}>
      {x.name.includes("days") ? t("common.days", { count: x.value }) : x.value}
    </Text>
  );
}

function Why({ flow, figure, onClose }: { flow: CashFlow; figure: Figure; onClose: () => void }) {
  const { t } = useTranslation();
  const behind = (flow.transactions ?? []).filter((m) => figure.transactions?.includes(m.id));
  const named = figure.transactions?.length ?? 0;
  return (
    <Modal opened onClose={onClose} size="xl" title={t(`outside.figures.name.${figure.name}`, { defaultValue: figure.name })} closeButtonProps={{ "aria-label": t("common.close") }}>
      <Text size="sm" c="dimmed" mb="sm">
        {t("outside.figures.rule", { rule: figure.rule, count: named })} {behind.length < named && t("outside.figures.gone")}
      </Text>
      {behind.length > 0 && (
        <Table.ScrollContainer minWidth={520} tabIndex={0}>
          <Table>
            <Table.Tbody>
              {behind.map((m) => (
                <Table.Tr key={m.id}>
                  <Table.Td>
                    <DateText at={m.booked_on} />
                  </Table.Td>
                  <Table.Td>{m.institution_name}</Table.Td>
                  <Table.Td>{m.counterparty}</Table.Td>
                  <Table.Td>{m.text}</Table.Td>
                  <Table.Td ta="right">
                    <Money cents={m.amount_cents} />
                  </Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </Table.ScrollContainer>
      )}
    </Modal>
  );
}
