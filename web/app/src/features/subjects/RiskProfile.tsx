import { Badge, Group, SegmentedControl, Stack, Text } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { api, ifMatch, take } from "~/api/client";
import { keys } from "~/api/keys";
import { useSend } from "~/api/useSend";
import type { Subject } from "~/api/types";
import { ProblemAlert } from "~/ui/ProblemAlert";
import { Section } from "~/ui/Section";
import { riskProfiles } from "./subjectForm";

type Profile = (typeof riskProfiles)[number];
const color: Record<Profile, string> = { low: "moss", medium: "ochre", high: "brick" };

/** The anti-money-laundering profile; compliance sets it, everybody sees it. */
export function RiskProfile({ subject, editable }: { subject: Subject; editable: boolean }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const assess = useSend<Profile, Subject>({
    send: (risk_profile, once) => {
      const body = { risk_profile };
      return take(api.POST("/api/v1/subjects/{id}/risk", { params: { path: { id: subject.id }, header: { ...ifMatch(subject.version), ...once(body) } }, body }));
    },
    touches: ["applications"],
    onDone: (saved) => client.setQueryData(keys.one("subjects", subject.id), saved),
  });
  return (
    <Section
      title={t("subjects.risk")}
      id="risk"
      actions={subject.risk_profile ? <Badge color={color[subject.risk_profile]}>{t(`subjects.risks.${subject.risk_profile}`)}</Badge> : <Badge color="gray">{t("subjects.not_assessed")}</Badge>}
    >
      <Stack gap="sm">
        <ProblemAlert error={assess.error} />
        {editable ? (
          <Group>
            <SegmentedControl
              fullWidth
              w="100%"
              aria-label={t("subjects.risk")}
              disabled={assess.isPending}
              value={subject.risk_profile ?? ""}
              onChange={(v) => assess.mutate(v as Profile)}
              data={riskProfiles.map((value) => ({ value, label: t(`subjects.risks.${value}`) }))}
            />
          </Group>
        ) : (
          <Text size="sm" c="dimmed">
            {t("subjects.risk_hint")}
          </Text>
        )}
      </Stack>
    </Section>
  );
}
