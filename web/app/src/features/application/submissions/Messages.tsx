import { Button, Skeleton, Text, Title } from "@mantine/core";
import { IconMessages } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, take } from "~/api/client";
import { keys } from "~/api/keys";
import { DateText } from "~/ui/DateText";
import { ProblemAlert } from "~/ui/ProblemAlert";
import page from "../file.module.css";
import type { Submission } from "../types";

/** What lender and broker have written to each other. It is kept at the lender and read there, when somebody asks for it. */
export function Messages({ submission: s }: { submission: Submission }) {
  const { t } = useTranslation();
  const [wanted, setWanted] = useState(false);
  const messages = useQuery({
    queryKey: keys.one("submissions", s.id, "messages"),
    queryFn: () => take(api.GET("/api/v1/submissions/{id}/messages", { params: { path: { id: s.id } } })),
    enabled: wanted,
    retry: false,
  });
  if (!wanted)
    return (
      <div>
        <Button size="compact-sm" variant="subtle" leftSection={<IconMessages size={16} aria-hidden />} onClick={() => setWanted(true)}>
          {t("application.messages.read")}
        </Button>
      </div>
    );
  const items = messages.data?.items ?? [];
  return (
    <section>
      <Title order={3} mb={4}>
        {t("application.messages.title")}
      </Title>
      {messages.isPending && <Skeleton height={40} />}
      {messages.isError && <ProblemAlert error={messages.error} onRetry={() => void messages.refetch()} />}
      {messages.isSuccess && items.length === 0 && (
        <Text size="sm" c="dimmed">
          {t("application.messages.none")}
        </Text>
      )}
      <ul className={page.list}>
        {items.map((m) => (
          <li key={m.id} style={{ borderTop: "1px solid var(--line)", padding: "7px 0" }}>
            <Text size="xs" c="dimmed">
              {m.from === "lender" ? s.lender.name : t("application.messages.us")} · <DateText at={m.at} />
            </Text>
            <Text style={{ whiteSpace: "pre-wrap", overflowWrap: "anywhere" }}>{m.text}</Text>
          </li>
        ))}
      </ul>
    </section>
  );
}
