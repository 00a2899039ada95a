import { Badge, Button, Group, Table, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { Lender } from "~/api/types";
import { useConnectors } from "~/features/connections/useConnectors";
import { activeOn } from "~/features/lenders/lenders";
import { DateText } from "~/ui/DateText";
import { useEnumWord } from "~/ui/enums";
import { today } from "~/ui/format";
import { Money, Percent } from "~/ui/Money";
import { Section } from "~/ui/Section";

type Props = { lender: Lender; editable: boolean; onAddProduct: () => void };

/** A lender: limits, agreement, connection, products. */
export function LenderCard({ lender, editable, onAddProduct }: Props) {
  const { t } = useTranslation();
  const connectors = useConnectors();
  const active = activeOn(lender, today());
  return (
    <Section
      title={lender.name}
      actions={
        editable && (
          <Button variant="subtle" size="compact-sm" aria-label={t("lenders.add_product_to", { name: lender.name })} onClick={onAddProduct}>
            {t("lenders.add_product")}
          </Button>
        )
      }
      flush
    >
      <Group gap="lg" px="md" py="sm">
        <Badge color={active ? "moss" : "ochre"}>{active ? t("lenders.agreement_active") : t("lenders.agreement_none")}</Badge>
        {(lender.agreements ?? []).map((a) => (
          <Text key={a.from} size="sm" c="dimmed">
            {t("lenders.from")} <DateText at={a.from} />
            {a.to && (
              <>
                {" "}
                {t("lenders.to")} <DateText at={a.to} />
              </>
            )}
          </Text>
        ))}
        <Text size="sm">
          {t("lenders.max_ltv")} <Percent bps={lender.max_ltv_bps} fw={600} />
        </Text>
        <Text size="sm">
          {t("lenders.max_dti")} <Percent bps={lender.max_dti_bps} fw={600} />
        </Text>
        <Text size="sm" c="dimmed">
          {lender.connection ? t("lenders.connected", { connector: connectors.title(lender.connection.connector) }) : t("lenders.by_hand")}
        </Text>
      </Group>
      <Products lender={lender} />
    </Section>
  );
}

function Products({ lender }: { lender: Lender }) {
  const { t } = useTranslation();
  const word = useEnumWord();
  const products = lender.products ?? [];
  if (products.length === 0) {
    return (
      <Text size="sm" c="dimmed" px="md" pb="sm">
        {t("lenders.no_products")}
      </Text>
    );
  }
  return (
    <Table.ScrollContainer minWidth={760} tabIndex={0}>
      <Table layout="fixed">
        <Table.Thead>
          <Table.Tr>
            <Table.Th w="26%">{t("lenders.product")}</Table.Th>
            <Table.Th w="19%">{t("lenders.kind")}</Table.Th>
            <Table.Th>{t("pipeline.rate_kind")}</Table.Th>
            <Table.Th ta="right">{t("pipeline.rate")}</Table.Th>
            <Table.Th ta="right" w="22%">{t("lenders.amounts")}</Table.Th>
            <Table.Th ta="right">{t("lenders.max_term")}</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {products.map((p) => (
            <Table.Tr key={p.id}>
              <Table.Td fw={600}>{p.name}</Table.Td>
              <Table.Td>{word("product", p.product_kind)}</Table.Td>
              <Table.Td>{word("rate", p.rate_kind)}</Table.Td>
              <Table.Td ta="right">
                <Percent bps={p.nominal_rate_bps} fixed />
              </Table.Td>
              <Table.Td ta="right">
                <Money cents={p.min_amount_cents} whole /> – <Money cents={p.max_amount_cents} whole />
              </Table.Td>
              <Table.Td ta="right">{t("lenders.months", { count: p.max_term_months })}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}
