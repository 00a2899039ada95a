import { Badge, Button, Group, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { api, take } from "~/api/client";
import type { components } from "~/api/schema";
import type { Lender } from "~/api/types";
import { useSend } from "~/api/useSend";
import { Money, Percent } from "~/ui/Money";
import { ProblemAlert } from "~/ui/ProblemAlert";


type Said = components["schemas"]["SubmissionsPreCheck"];

/** Asks a lender what it would say of the file as it stands, before anything is handed in. */
export function PreCheck({ application, lender }: { application: string; lender: Lender }) {
  const { t } = useTranslation();
  const ask = useSend({
    touches: [],
    send: () => take(api.POST("/api/v1/applications/{id}/pre-checks", { params: { path: { id: application } }, body: { lender_id: lender.id } })),
  });
  return (
    <Group gap={8} mt={6} ml={34}>
      <Button size="compact-xs" variant="default" loading={ask.isPending} onClick={() => ask.mutate(undefined)} aria-label={t("application.pre_check.ask_of", { lender: lender.name })}>
        {t("application.pre_check.ask")}
      </Button>
      {ask.data && <Verdict said={ask.data} />}
      <ProblemAlert error={ask.error} />
    </Group>
  );
}

function Verdict({ said }: { said: Said }) {
  const { t } = useTranslation();
  const reasons = (said.reason_codes ?? []).map((code) => t(`application.pre_check.reason.${code}`, { defaultValue: code }));
  return (
    <Text size="sm" role="status">
      <Badge component="span" color={said.feasible ? "moss" : "brick"} mr={6}>
        {t(said.feasible ? "application.pre_check.feasible" : "application.pre_check.not_feasible")}
      </Badge>
      {reasons.join(", ")}
      {!said.feasible && said.amount_max_cents > 0 && (
        <>
          {" "}
          {t("application.pre_check.up_to")} <Money cents={said.amount_max_cents} whole />
        </>
      )}
      {said.indicative_rate_bps > 0 && (
        <>
          {" · "}
          <Percent bps={said.indicative_rate_bps} />
        </>
      )}
      {said.note && ` · ${said.note}`}
    </Text>
  );
}
