import { Box, Button, Progress, Text } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, ifMatch, take } from "~/api/client";
import type { components } from "~/api/schema";
import { useSend } from "~/api/useSend";
import { useSession } from "~/app/session";
import { FormDialog } from "~/ui/FormDialog";
import { money } from "~/ui/format";
import { useLanguage } from "~/ui/language";
import { MoneyInput } from "~/ui/MoneyInput";
import { QueryView } from "~/ui/QueryView";
import { Section } from "~/ui/Section";
import { budgetQuery } from "./operations";

type Budget = components["schemas"]["ConnectorsBudget"];

/** What paid requests have cost this month, what is set aside for those under way, and what they may cost. */
export function BudgetSection() {
  const { t } = useTranslation();
  const { can } = useSession();
  const budget = useQuery(budgetQuery);
  const [changing, setChanging] = useState(false);
  return (
    <Box mb="md">
      <Section
        title={t("operations.budget")}
        actions={
          can("budgets.write") && (
            <Button size="compact-sm" variant="default" disabled={!budget.data} onClick={() => setChanging(true)}>
              {t("operations.budget_change")}
            </Button>
          )
        }
      >
        <QueryView query={budget}>{(b) => <Standing budget={b} />}</QueryView>
      </Section>
      {changing && budget.data && <BudgetDialog budget={budget.data} onClose={() => setChanging(false)} />}
    </Box>
  );
}

function Standing({ budget: b }: { budget: Budget }) {
  const { t } = useTranslation();
  const { language } = useLanguage();
  if (b.monthly_cents === 0) return <Text size="sm">{t("operations.budget_unset")}</Text>;
  const gone = b.spent_cents + b.reserved_cents;
  const say = (cents: number) => money(cents, language);
  return (
    <>
      <Text size="sm">{t("operations.budget_standing", { spent: say(b.spent_cents), reserved: say(b.reserved_cents), monthly: say(b.monthly_cents) })}</Text>
      <Progress mt={6} size="lg" value={Math.min(100, (gone * 100) / b.monthly_cents)} color={gone >= b.monthly_cents ? "brick" : "petrol"} aria-label={t("operations.budget")} />
    </>
  );
}

function BudgetDialog({ budget, onClose }: { budget: Budget; onClose: () => void }) {
  const { t } = useTranslation();
  const [cents, setCents] = useState<number | null>(budget.monthly_cents);
  const wrong = cents === null || Number.isNaN(cents) || cents < 0;
  const save = useSend({
    send: (monthly_cents: number) => take(api.PUT("/api/v1/budget", { params: { header: ifMatch(budget.version) }, body: { monthly_cents } })),
    touches: ["budget"],
    onDone: () => {
      notifications.show({ color: "moss", message: t("operations.budget_saved") });
      onClose();
    },
  });
  return (
    <FormDialog opened onClose={onClose} title={t("operations.budget_change")} action={t("common.save")} pending={save.isPending} error={save.error} onSubmit={() => !wrong && save.mutate(cents)}>
      <MoneyInput label={t("operations.budget_monthly")} description={t("operations.budget_hint")} withAsterisk data-autofocus value={cents} onChange={setCents} error={wrong && t("form.required")} />
    </FormDialog>
  );
}
