import { Badge, Button, Group, Text, Title } from "@mantine/core";
import { IconCircleCheck, IconMessageQuestion } from "@tabler/icons-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useSession } from "~/app/session";
import page from "../file.module.css";
import type { Requested, Submission } from "../types";
import { AnswerDialog } from "./AnswerDialog";

/** What the lender asked for, item by item, and what each was answered with. */
export function RequestedItems({ submission: s }: { submission: Submission }) {
  const { t } = useTranslation();
  const { can } = useSession();
  const [asked, setAsked] = useState<Requested | null>(null);
  const items = s.requested_items ?? [];
  if (items.length === 0) return null;
  const open = items.filter((i) => !i.answered_document_id).length;
  return (
    <section>
      <Title order={3} mb={4}>
        {t("application.answers.title")}{" "}
        {open > 0 && <Badge color="ochre">{t("application.answers.open", { count: open })}</Badge>}
      </Title>
      <ul className={page.list}>
        {items.map((i) => (
          <Group component="li" key={i.id} gap={10} wrap="nowrap" py={7} style={{ borderTop: "1px solid var(--line)" }}>
            {i.answered_document_id ? (
              <IconCircleCheck size={19} aria-hidden color="light-dark(var(--mantine-color-moss-7), var(--mantine-color-moss-4))" />
            ) : (
              <IconMessageQuestion size={19} aria-hidden color="light-dark(var(--mantine-color-ochre-7), var(--mantine-color-ochre-4))" />
            )}
            <div style={{ flex: 1, minWidth: 0 }}>
              <Text>{i.text || t(`application.documents.kinds.${i.kind}`, { defaultValue: i.kind })}</Text>
              <Text size="xs" c="dimmed">
                {t(`application.documents.kinds.${i.kind}`, { defaultValue: i.kind })} · {t(i.answered_document_id ? "application.answers.answered" : "application.answers.waiting")}
              </Text>
            </div>
            {!i.answered_document_id && s.outcome === null && can("submissions.write") && (
              <Button size="compact-sm" onClick={() => setAsked(i)}>
                {t("application.answers.answer")}
              </Button>
            )}
          </Group>
        ))}
      </ul>
      <AnswerDialog submission={s} item={asked} onClose={() => setAsked(null)} />
    </section>
  );
}
