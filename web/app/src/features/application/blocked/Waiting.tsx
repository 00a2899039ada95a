import { Group, Paper, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { TextLink } from "~/ui/links";
import { StateBadge } from "~/ui/StateBadge";
import { useFile } from "../FileContext";
import page from "../file.module.css";
import { submissionsQuery } from "../queries";

/** The next step is a lender's: where the file stands at each. */
export function Waiting() {
  const { t } = useTranslation();
  const { file } = useFile();
  const submissions = useQuery(submissionsQuery(file.id));
  const open = (submissions.data ?? []).filter((s) => s.outcome === null);
  return (
    <Paper component="section" aria-labelledby="waiting" bg="var(--paper)" style={{ borderTop: "3px solid var(--mantine-color-ink-5)" }}>
      <div style={{ padding: "10px 16px" }}>
        <Title order={2} size="h3" id="waiting">
          {t(open.length > 0 ? "application.waiting.title" : "application.waiting.ready")}
        </Title>
        <Text size="sm" c="dimmed">
          {t(open.length > 0 ? "application.waiting.lenders" : "application.waiting.nobody")}
        </Text>
      </div>
      <ul className={page.list}>
        {open.map((s) => (
          <Group component="li" key={s.id} justify="space-between" gap={8} px="md" py={8} style={{ borderTop: "1px solid var(--line)" }}>
            <TextLink to="/applications/$id" params={{ id: file.id }} search={{ tab: "submissions", submission: s.id }}>
              {s.lender.name}
            </TextLink>
            <StateBadge title={s.state_title} blocked={(s.requested_items ?? []).some((i) => !i.answered_document_id)} />
          </Group>
        ))}
      </ul>
    </Paper>
  );
}
