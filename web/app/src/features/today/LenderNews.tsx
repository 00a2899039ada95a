import { Badge, Group, Stack, Text } from "@mantine/core";
import { IconMessageCheck } from "@tabler/icons-react";
import { useQueries } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { newestOperationsQuery, stateColor } from "~/features/operations/operations";
import { OperationWords } from "~/features/operations/OperationWords";
import { Ago } from "~/ui/DateText";
import { EmptyState } from "~/ui/EmptyState";
import { TextLink } from "~/ui/links";
import { Loading } from "~/ui/Loading";
import { ProblemAlert } from "~/ui/ProblemAlert";
import { Section } from "~/ui/Section";
import { NewsFile } from "./NewsFile";

/** What went to a lender and now waits for a person. */
export function LenderNews() {
  const { t } = useTranslation();
  const [waiting, failed] = useQueries({ queries: [newestOperationsQuery({ state: "waiting_user" }), newestOperationsQuery({ state: "failed" })] });
  const items = [...(waiting.data ?? []), ...(failed.data ?? [])];
  const ready = waiting.isSuccess && failed.isSuccess;
  return (
    <Section title={t("today.lenders")} count={ready ? items.length : undefined} flush actions={<TextLink to="/operations" size="sm">{t("today.all_operations")}</TextLink>}>
      {waiting.isError || failed.isError ? (
        <ProblemAlert error={waiting.error ?? failed.error} onRetry={() => void Promise.all([waiting.refetch(), failed.refetch()])} />
      ) : !ready ? (
        <Loading />
      ) : items.length === 0 ? (
        <EmptyState compact icon={IconMessageCheck} title={t("today.lenders_quiet")}>
          {t("today.lenders_quiet_hint")}
        </EmptyState>
      ) : (
        <Stack component="ul" gap={0} m={0} p={0} style={{ listStyle: "none" }}>
          {items.map((o) => (
            <Stack component="li" key={o.id} gap={2} px="md" py={9} className="ruled">
              <Group gap={8} justify="space-between">
                <TextLink to="/applications/$id" params={{ id: o.application_id }} search={{ tab: "submissions", submission: o.submission_id }} fw={600}>
                  {t(`operations.method.${o.method}`, { defaultValue: o.method })}
                </TextLink>
                <Badge color={stateColor[o.state]}>{t(`operations.state.${o.state}`)}</Badge>
              </Group>
              <NewsFile operation={o} />
              <OperationWords operation={o} />
              <Text size="sm" c="dimmed">
                <Ago at={o.created_at} />
              </Text>
            </Stack>
          ))}
        </Stack>
      )}
    </Section>
  );
}
