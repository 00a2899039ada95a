import { Badge, Select } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { api, ifMatch, take } from "~/api/client";
import { useSession } from "~/app/session";
import type { Subject } from "~/api/types";
import { riskProfiles } from "~/features/subjects/subjectForm";
import { ProblemAlert } from "~/ui/ProblemAlert";
import { useChange } from "../useChange";

type Profile = (typeof riskProfiles)[number];
const colors: Record<Profile, string> = { low: "moss", medium: "ochre", high: "brick" };

/** The money-laundering risk of a person: compliance sets it, everybody reads it. */
export function Risk({ subject }: { subject: Subject }) {
  const { t } = useTranslation();
  const { can } = useSession();
  const assess = useChange({
    send: (body: { risk_profile: Profile }, once) =>
      take(api.POST("/api/v1/subjects/{id}/risk", { params: { path: { id: subject.id }, header: { ...ifMatch(subject.version), ...once(body) } }, body })),
    touches: ["subjects", "applications"],
  });
  if (!can("subjects.assess")) {
    return subject.risk_profile ? <Badge color={colors[subject.risk_profile]}>{t(`subjects.risks.${subject.risk_profile}`)}</Badge> : <>{t("subjects.not_assessed")}</>;
  }
  return (
    <>
      <Select
        size="xs"
        maw={150}
        aria-label={`${t("application.parties.risk")}, ${subject.display_name}`}
        placeholder={t("subjects.not_assessed")}
        allowDeselect={false}
        disabled={assess.pending}
        data={riskProfiles.map((value) => ({ value, label: t(`subjects.risks.${value}`) }))}
        value={subject.risk_profile}
        onChange={(value) => value && assess.run({ risk_profile: value })}
      />
      <ProblemAlert error={assess.error} />
    </>
  );
}
