import { Button, Center, Paper, SegmentedControl } from "@mantine/core";
import { IconArrowsExchange } from "@tabler/icons-react";
import { useInfiniteQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { EmptyState } from "~/ui/EmptyState";
import { PageHeader } from "~/ui/PageHeader";
import { QueryView } from "~/ui/QueryView";
import { useSession } from "~/app/session";
import { BudgetSection } from "./BudgetSection";
import { DeadLetters } from "./DeadLetters";
import { deadLetters, operationsQuery, type OperationState, operationStates } from "./operations";
import { OperationTable } from "./OperationTable";

const shown = ["waiting_user", "failed", "queued", "running", "reconciling", "done"] as const satisfies readonly OperationState[];

/** What goes to lenders and comes back: what waits, why, and what can be tried again. */
export function OperationsPage() {
  const { t } = useTranslation();
  const search = useSearch({ from: "/inside/operations" });
  const navigate = useNavigate({ from: "/operations" });
  const { can } = useSession();
  const state = operationStates.find((s) => s === search.state);
  const dead = search.state === deadLetters;
  const which = { connector: search.connector, reason: search.reason };
  const operations = useInfiniteQuery(operationsQuery(dead ? { dead, ...which } : { state, submission_id: search.submission }));
  return (
    <>
      <PageHeader title={t("operations.title")} hint={t("operations.hint")} />
      {can("budgets.read") && <BudgetSection />}
      <div style={{ overflowX: "auto", marginBottom: 16 }}>
        <SegmentedControl
          aria-label={t("operations.filter")}
          value={dead ? deadLetters : (state ?? "")}
          onChange={(v) => void navigate({ search: (s) => ({ submission: s.submission, state: v || undefined }), replace: true })}
          data={[{ value: "", label: t("operations.all") }, ...shown.map((value) => ({ value, label: t(`operations.state.${value}`) })), { value: deadLetters, label: t("operations.dead") }]}
        />
      </div>
      {dead && <DeadLetters which={which} onWhich={(w) => void navigate({ search: (s) => ({ ...s, ...w }), replace: true })} found={operations.data?.pages[0]?.items.length ?? 0} />}
      <Paper bg="var(--paper)">
        <QueryView query={operations}>
          {({ pages }) =>
            pages.every((p) => p.items.length === 0) ? (
              <EmptyState icon={IconArrowsExchange} title={t("operations.none")}>
                {dead ? t("operations.none_dead") : state ? t("operations.none_in_state") : t("operations.none_hint")}
              </EmptyState>
            ) : (
              <OperationTable operations={pages.flatMap((p) => p.items)} />
            )
          }
        </QueryView>
      </Paper>
      {operations.hasNextPage && (
        <Center mt="md">
          <Button variant="default" loading={operations.isFetchingNextPage} onClick={() => void operations.fetchNextPage()}>
            {t("common.more")}
          </Button>
        </Center>
      )}
    </>
  );
}
