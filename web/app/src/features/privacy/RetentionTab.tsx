import { Button, NumberInput, Stack, Table, Text } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { IconClockCheck } from "@tabler/icons-react";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, ifMatch, take } from "~/api/client";
import { useSend } from "~/api/useSend";
import { EmptyState } from "~/ui/EmptyState";
import { useLanguage } from "~/ui/language";
import { ProblemAlert } from "~/ui/ProblemAlert";
import { QueryView } from "~/ui/QueryView";
import { SaveBar } from "~/ui/SaveBar";
import { Section } from "~/ui/Section";
import { byMonth, type DueMonth, lasting, type Retention, retentionQuery } from "./privacy";

/** How long what is kept, and what goes when. */
export function RetentionTab() {
  const retention = useQuery(retentionQuery);
  return (
    <QueryView query={retention}>
      {(r) => (
        <Stack gap="md">
          <Terms retention={r} />
          <Due due={r.due ?? []} />
        </Stack>
      )}
    </QueryView>
  );
}

const longest = 600;

/** The agency's own terms. Whoever saves over somebody else's change is told, and sees theirs beside what they typed. */
function Terms({ retention }: { retention: Retention }) {
  const { t } = useTranslation();
  const { say } = useLanguage();
  const client = useQueryClient();
  const terms = retention.terms ?? [];
  const [typed, setTyped] = useState<Record<string, number | string>>({});
  const months = { ...Object.fromEntries(terms.map((x) => [x.purpose, x.months])), ...typed };
  const save = useSend<Record<string, number>, Retention>({
    send: (body) => take(api.PUT("/api/v1/privacy/retention", { params: { header: ifMatch(retention.version) }, body: { months: body } })),
    touches: [],
    onDone: (saved) => {
      client.setQueryData(retentionQuery.queryKey, saved);
      setTyped({});
      void client.invalidateQueries({ queryKey: ["agency", "list", "register"] }); // it says the same terms
      notifications.show({ color: "moss", message: t("form.saved") });
    },
  });
  const wrong = (purpose: string, least: number) => {
    const value = months[purpose];
    if (typeof value !== "number" || !Number.isInteger(value)) return t("form.number");
    if (value < least) return t("privacy.retention.least", { count: least });
    return value > longest ? t("form.at_most", { value: longest }) : undefined;
  };
  const dirty = terms.some((x) => months[x.purpose] !== x.months);
  const valid = terms.every((x) => wrong(x.purpose, x.least) === undefined);
  const submit = () => {
    if (!valid) return;
    const longer = terms.filter((x) => months[x.purpose] !== x.least).map((x) => [x.purpose, months[x.purpose] as number]);
    save.mutate(Object.fromEntries(longer), { onError: (error) => error.stale && void client.invalidateQueries({ queryKey: retentionQuery.queryKey }) });
  };
  return (
    <form
      noValidate
      onSubmit={(e) => {
        e.preventDefault();
        submit();
      }}
    >
      <Section title={t("privacy.retention.terms")} flush>
        <Text size="sm" c="dimmed" px="md" pt="sm">
          {t("privacy.retention.terms_hint")}
        </Text>
        {save.error && (
          <Stack px="md" pt="sm" gap="xs" align="flex-start">
            <ProblemAlert error={save.error} />
            {save.error.stale && <Text size="sm">{t("form.followed")}</Text>}
          </Stack>
        )}
        <Table.ScrollContainer minWidth={600} tabIndex={0}>
          <Table>
            <Table.Thead>
              <Table.Tr>
                <Table.Th>{t("privacy.retention.purpose")}</Table.Th>
                <Table.Th>{t("privacy.retention.from")}</Table.Th>
                <Table.Th>{t("privacy.retention.by_law")}</Table.Th>
                <Table.Th>{t("privacy.retention.ours")}</Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {terms.map((x) => (
                <Table.Tr key={x.purpose} style={{ verticalAlign: "top" }}>
                  <Table.Td fw={600}>{say(x.title)}</Table.Td>
                  <Table.Td>{t(`privacy.clock.${x.clock}`)}</Table.Td>
                  <Table.Td>
                    <Lasting months={x.least} />
                  </Table.Td>
                  <Table.Td>
                    <NumberInput
                      w={140}
                      aria-label={t("privacy.retention.months_of", { purpose: say(x.title) })}
                      value={months[x.purpose]}
                      onChange={(v) => setTyped((all) => ({ ...all, [x.purpose]: v }))}
                      error={wrong(x.purpose, x.least)}
                      allowDecimal={false}
                      allowNegative={false}
                      clampBehavior="none"
                      suffix={` ${t("privacy.retention.months")}`}
                    />
                  </Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </Table.ScrollContainer>
      </Section>
      <SaveBar dirty={dirty} pending={save.isPending} onReset={() => setTyped({})} />
    </form>
  );
}

function Lasting({ months }: { months: number }) {
  const { t } = useTranslation();
  const { unit, count } = lasting(months);
  return t(`privacy.lasting.${unit}`, { count });
}

const atFirst = 12;

/** What goes in which month: counts only, also of people who are locked away. */
function Due({ due }: { due: DueMonth[] }) {
  const { t } = useTranslation();
  const { say, language } = useLanguage();
  const [all, setAll] = useState(false);
  const months = byMonth(due);
  const named = (month: string) => (month === "now" ? t("privacy.retention.now") : new Intl.DateTimeFormat(language === "it" ? "it-IT" : "en-GB", { month: "long", year: "numeric", timeZone: "UTC" }).format(new Date(`${month}-15T12:00:00Z`)));
  return (
    <Section title={t("privacy.retention.due")} flush>
      {months.length === 0 ? (
        <EmptyState icon={IconClockCheck} title={t("privacy.retention.none")}>
          {t("privacy.retention.none_hint")}
        </EmptyState>
      ) : (
        <Table.ScrollContainer minWidth={420} tabIndex={0}>
          <Table>
            <Table.Thead>
              <Table.Tr>
                <Table.Th>{t("privacy.retention.month")}</Table.Th>
                <Table.Th>{t("privacy.retention.goes")}</Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {(all ? months : months.slice(0, atFirst)).map(({ month, lines }) => (
                <Table.Tr key={month} style={{ verticalAlign: "top" }}>
                  <Table.Td fw={600} style={{ whiteSpace: "nowrap" }}>
                    {named(month)}
                  </Table.Td>
                  <Table.Td>{lines.map((l) => `${say(l.title)} (${l.count.toLocaleString(language)})`).join(", ")}</Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </Table.ScrollContainer>
      )}
      {!all && months.length > atFirst && (
        <Stack align="center" p="sm">
          <Button variant="default" onClick={() => setAll(true)}>
            {t("common.more")}
          </Button>
        </Stack>
      )}
    </Section>
  );
}
