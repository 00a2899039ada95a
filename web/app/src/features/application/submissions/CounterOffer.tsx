import { Button, Group, Modal, Stack, Text } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, take } from "~/api/client";
import { Money, Percent } from "~/ui/Money";
import { ProblemAlert } from "~/ui/ProblemAlert";
import type { Requested, Submission } from "../types";
import { useChange } from "../useChange";

type Choice = "accept" | "decline";

/** What the lender would lend in place of a refusal. */
function Terms({ item }: { item: Requested }) {
  const { t } = useTranslation();
  return (
    <Text>
      <Money cents={item.amount_cents ?? null} whole />
      {item.rate_bps !== undefined && (
        <>
          {" · "}
          <Percent bps={item.rate_bps} />
        </>
      )}
      {item.term_months !== undefined && ` · ${t("application.counter.months", { count: item.term_months })}`}
      {item.text && ` · ${item.text}`}
    </Text>
  );
}

/** Takes it or not, after a look at what follows: what is accepted is what the lender is asked for from then on. */
function Choices({ submission, item }: { submission: Submission; item: Requested }) {
  const { t } = useTranslation();
  const [meant, setMeant] = useState<Choice | null>(null);
  const answer = useChange({
    send: (body: { item_id: string; choice: Choice }, once) =>
      take(api.POST("/api/v1/submissions/{id}/answers", { params: { path: { id: submission.id }, header: { ...once(body) } }, body })),
    touches: ["submissions", "operations", "applications"],
    onDone: () => setMeant(null),
  });
  return (
    <>
      <Group gap={6} wrap="nowrap">
        <Button size="compact-sm" onClick={() => setMeant("accept")}>
          {t("application.counter.accept")}
        </Button>
        <Button size="compact-sm" variant="default" onClick={() => setMeant("decline")}>
          {t("application.counter.decline")}
        </Button>
      </Group>
      <Modal opened={meant !== null} onClose={() => setMeant(null)} title={t("application.counter.of", { lender: submission.lender.name })} closeButtonProps={{ "aria-label": t("common.close") }}>
        <Stack gap="md">
          <Terms item={item} />
          <Text size="sm">{t(meant === "decline" ? "application.counter.decline_hint" : "application.counter.accept_hint")}</Text>
          <ProblemAlert error={answer.error} />
          <Group justify="flex-end">
            <Button variant="default" onClick={() => setMeant(null)}>
              {t("common.cancel")}
            </Button>
            <Button loading={answer.pending} onClick={() => meant && answer.run({ item_id: item.id, choice: meant })}>
              {t(meant === "decline" ? "application.counter.decline" : "application.counter.accept")}
            </Button>
          </Group>
        </Stack>
      </Modal>
    </>
  );
}

export const CounterOffer = { Terms, Choice: Choices };
