import { Table, Text, UnstyledButton } from "@mantine/core";
import { IconChevronRight } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Money } from "~/ui/Money";
import { QueryView } from "~/ui/QueryView";
import { Section } from "~/ui/Section";
import { useFile } from "../FileContext";
import { scheduleQuery } from "../queries";
import { type Year, years } from "./schedule";

/** The amortisation schedule, year by year; a year opens to its months. */
export function ScheduleSection() {
  const { t } = useTranslation();
  const { file } = useFile();
  const schedule = useQuery(scheduleQuery(file.id));
  return (
    <Section title={t("application.schedule.title")} flush>
      <QueryView query={schedule}>
        {(s) => (
          <>
            <Text size="sm" c="dimmed" px="md" py="xs">
              {t("application.schedule.sum", { count: s.items?.length ?? 0 })} <Money cents={s.instalment_cents} /> · {t("application.schedule.interest_total")}{" "}
              <Money cents={s.total_interest_cents} />
            </Text>
            <Table.ScrollContainer minWidth={540}>
              <Table highlightOnHover verticalSpacing={5}>
                <Table.Thead>
                  <Table.Tr>
                    <Table.Th>{t("application.schedule.year")}</Table.Th>
                    {(["paid", "interest", "principal", "balance"] as const).map((c) => (
                      <Table.Th key={c} ta="right">
                        {t(`application.schedule.${c}`)}
                      </Table.Th>
                    ))}
                  </Table.Tr>
                </Table.Thead>
                {years(s.items ?? []).map((y) => (
                  <YearRows key={y.number} year={y} />
                ))}
              </Table>
            </Table.ScrollContainer>
          </>
        )}
      </QueryView>
    </Section>
  );
}

function YearRows({ year }: { year: Year }) {
  const { t } = useTranslation();
  const [opened, setOpened] = useState(false);
  return (
    <Table.Tbody>
      <Table.Tr>
        <Table.Td>
          <UnstyledButton onClick={() => setOpened(!opened)} aria-expanded={opened} fw={600}>
            <IconChevronRight size={15} aria-hidden style={{ verticalAlign: -2, marginRight: 4, rotate: opened ? "90deg" : undefined }} />
            {t("application.schedule.year_number", { number: year.number })}
          </UnstyledButton>
        </Table.Td>
        {[year.paid, year.interest, year.principal, year.balance].map((cents, i) => (
          <Table.Td key={i} ta="right">
            <Money cents={cents} />
          </Table.Td>
        ))}
      </Table.Tr>
      {opened &&
        year.payments.map((p) => (
          <Table.Tr key={p.number} bg="var(--sunken)">
            <Table.Td pl={38}>{p.number}</Table.Td>
            {[p.payment_cents, p.interest_cents, p.principal_cents, p.balance_cents].map((cents, i) => (
              <Table.Td key={i} ta="right">
                <Money cents={cents} />
              </Table.Td>
            ))}
          </Table.Tr>
        ))}
    </Table.Tbody>
  );
}
