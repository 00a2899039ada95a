import { Box, Group, Text } from "@mantine/core";
import { IconLock } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { offersQuery } from "~/features/workflow/offers";
import { useLanguage } from "~/ui/language";
import { HoldingList } from "../blocked/HoldingList";
import { onlyStep } from "../nextStep";
import type { Submission } from "../types";

/** Why a submission's next step cannot be taken now. */
export function SubmissionBlocked({ submission: s }: { submission: Submission }) {
  const { t } = useTranslation();
  const { say } = useLanguage();
  const offers = useQuery({ ...offersQuery("submissions", s.id), enabled: s.outcome === null });
  const next = onlyStep(offers.data?.items ?? []);
  if (!next || next.enabled) return null;
  return (
    <Box style={{ border: "1px solid var(--line)", borderLeft: "3px solid var(--mantine-color-ochre-5)", borderRadius: 5 }} pb={4}>
      <Group gap={8} px="md" pt={8}>
        <Box c="ochre.6" lh={0}>
          <IconLock size={16} aria-hidden />
        </Box>
        <Text fw={600}>{t("application.blocked.title", { event: say(next.title) })}</Text>
      </Group>
      <HoldingList blockers={next.blockers ?? []} limits={next.limits} submission={s.id} />
    </Box>
  );
}
