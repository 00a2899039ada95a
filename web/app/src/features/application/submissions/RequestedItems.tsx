import { Badge, Button, Group, Text, Title } from "@mantine/core";
import { IconCircleCheck, IconMessageQuestion } from "@tabler/icons-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useSession } from "~/app/session";
import page from "../file.module.css";
import type { Requested, Submission } from "../types";
import { AnswerDialog, unasked } from "./AnswerDialog";
import { CounterOffer } from "./CounterOffer";

/** What the lender asked for, item by item, and what each was answered with. */
export function RequestedItems({ submission: s, connected }: { submission: Submission; connected: boolean }) {
  const { t } = useTranslation();
  const { can } = useSession();
  const [asked, setAsked] = useState<Requested | null>(null);
  const items = s.requested_items ?? [];
  const more = s.outcome === null && s.lender_reference !== null && connected && can("submissions.write");
  if (items.length === 0 && !more) return null;
  const answered = (i: Requested) => Boolean(i.answered_document_id) || i.choice !== undefined;
  const open = items.filter((i) => !answered(i)).length;
  return (
    <section>
      <Title order={3} mb={4}>
        {t("application.answers.title")}{" "}
        {open > 0 && <Badge color="ochre">{t("application.answers.open", { count: open })}</Badge>}
      </Title>
      {items.length === 0 && (
        <Text size="sm" c="dimmed">
          {t("application.answers.none")}
        </Text>
      )}
      <ul className={page.list}>
        {items.map((i) => (
          <Group component="li" key={i.id} gap={10} py={7} style={{ borderTop: "1px solid var(--line)" }}>
            {answered(i) ? (
              <IconCircleCheck size={19} aria-hidden color="light-dark(var(--mantine-color-moss-7), var(--mantine-color-moss-4))" />
            ) : (
              <IconMessageQuestion size={19} aria-hidden color="light-dark(var(--mantine-color-ochre-7), var(--mantine-color-ochre-4))" />
            )}
            <div style={{ flex: "1 1 200px", minWidth: 0 }}>
              {i.kind === "counter_offer" ? <CounterOffer.Terms item={i} /> : <Text>{i.text || t(`application.documents.kinds.${i.kind}`, { defaultValue: i.kind })}</Text>}
              <Text size="xs" c="dimmed">
                {i.kind === "counter_offer" ? t("application.counter.title") : t(`application.documents.kinds.${i.kind}`, { defaultValue: i.kind })} ·{" "}
                {t(i.choice ? `application.counter.${i.choice === "accept" ? "accepted" : "declined"}` : answered(i) ? "application.answers.answered" : "application.answers.waiting")}
              </Text>
            </div>
            {!answered(i) && s.outcome === null && can("submissions.write") && i.kind === "counter_offer" && <CounterOffer.Choice submission={s} item={i} />}
            {!answered(i) && s.outcome === null && can("submissions.write") && i.kind !== "counter_offer" && (
              <Button size="compact-sm" onClick={() => setAsked(i)}>
                {t("application.answers.answer")}
              </Button>
            )}
          </Group>
        ))}
      </ul>
      {more && (
        <Button size="compact-sm" variant="subtle" mt={6} onClick={() => setAsked(unasked)}>
          {t("application.answers.more")}
        </Button>
      )}
      <AnswerDialog submission={s} item={asked} onClose={() => setAsked(null)} />
    </section>
  );
}
