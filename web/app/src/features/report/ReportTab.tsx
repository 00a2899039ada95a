import { Alert, Button, Group, SimpleGrid, Stack, Text, TextInput } from "@mantine/core";
import { IconEyeOff, IconTableDown } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { Ago } from "~/ui/DateText";
import { useEnumWord } from "~/ui/enums";
import { useLanguage } from "~/ui/language";
import { Loading } from "~/ui/Loading";
import { QueryView } from "~/ui/QueryView";
import { Section } from "~/ui/Section";
import { Ageing } from "./Ageing";
import { Figures } from "./Figures";
import { csvPath, lastYear, lineOf, month, type Period, type Report, reportQuery } from "./report";

/** What the files of the network's agencies come to, by the months in which they were opened. */
export function ReportTab({ network }: { network: string }) {
  const { t } = useTranslation();
  const { from, to } = useSearch({ from: "/inside/network" });
  const period: Period = { from, to };
  const report = useQuery(reportQuery(network, period));
  return (
    <Stack gap="md">
      <Group justify="space-between" align="flex-end" gap="sm">
        <Months period={period} />
        <Button component="a" href={csvPath(network, period)} download variant="default" leftSection={<IconTableDown size={17} aria-hidden />}>
          {t("report.csv")}
        </Button>
      </Group>
      <QueryView query={report} loading={<Loading rows={12} />}>
        {(r) => <Tables report={r} />}
      </QueryView>
    </Stack>
  );
}

function Months({ period: { from, to } }: { period: Period }) {
  const { t } = useTranslation();
  const navigate = useNavigate({ from: "/network" });
  const usual = lastYear();
  const set = (more: Period) => void navigate({ search: (s) => ({ ...s, ...more }), replace: true, resetScroll: false });
  return (
    <Group gap="sm" align="flex-end">
      <TextInput type="month" label={t("report.from")} w={170} value={from ?? usual.from} onChange={(e) => set({ from: e.currentTarget.value || undefined })} />
      <TextInput type="month" label={t("report.to")} w={170} value={to ?? usual.to} onChange={(e) => set({ to: e.currentTarget.value || undefined })} />
      {(from || to) && (
        <Button variant="subtle" onClick={() => set({ from: undefined, to: undefined })}>
          {t("report.last_year")}
        </Button>
      )}
    </Group>
  );
}

function Tables({ report: r }: { report: Report }) {
  const { t } = useTranslation();
  const { language } = useLanguage();
  const word = useEnumWord();
  const outcome = (key: string) => t(`report.outcome.${key}`, { defaultValue: key });
  const fees = r.commissions;
  const fee = (key: string, label: string, c: typeof fees.total) => ({ key, label, files: c.files, cents: c.fee_cents, hidden: c.hidden, partial: c.partial });
  return (
    <>
      <Alert color="ink" variant="light" icon={<IconEyeOff aria-hidden />} title={t("report.covers", { from: month(r.from, language), to: month(r.to, language) })}>
        <Text size="sm">
          {t("report.hidden_hint")} {r.as_of ? t("report.as_of") : t("report.not_counted")} {r.as_of && <Ago at={r.as_of} />}
        </Text>
      </Alert>
      <Section title={t("report.totals")} flush>
        <Figures first={t("report.files_that")} lines={[lineOf("total", t("report.all"), r.total), ...(r.by_outcome ?? []).map((c) => lineOf(c.key, outcome(c.key), c))]} />
      </Section>
      <SimpleGrid cols={{ base: 1, lg: 2 }} spacing="md" verticalSpacing="md" style={{ alignItems: "start" }}>
        <Section title={t("report.ageing")}>
          <Ageing lines={(r.ageing ?? []).map((c) => lineOf(c.key, t(`report.age.${c.key.replace("-", "_")}`), c))} />
        </Section>
        <Section title={t("report.by_agency")} flush>
          <Figures first={t("network.agency")} lines={(r.by_agency ?? []).map((c) => lineOf(c.agency_id, c.name, c))} />
        </Section>
        <Section title={t("report.by_state")} flush>
          <Figures
            first={t("pipeline.state")}
            lines={(r.by_state ?? []).map((c) => lineOf(`${c.outcome}/${c.state}`, t(`report.state.${c.state}`, { defaultValue: c.state.replace(/_/g, " ") }), c))}
          />
        </Section>
        <Section title={t("report.commissions")} flush>
          <Figures first={t("report.won_files")} amount={t("report.fees")} lines={[fee("total", t("report.all"), fees.total), ...(fees.by_agency ?? []).map((c) => fee(c.agency_id, c.name, c))]} />
        </Section>
        <Section title={t("report.by_product")} flush>
          <Figures first={t("report.product")} lines={(r.by_product ?? []).map((c) => lineOf(c.key, word("product", c.key), c))} />
        </Section>
        <Section title={t("report.by_purpose")} flush>
          <Figures first={t("report.purpose")} lines={(r.by_purpose ?? []).map((c) => lineOf(c.key, word("purpose", c.key), c))} />
        </Section>
      </SimpleGrid>
    </>
  );
}
