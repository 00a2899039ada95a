import { Badge, Button, Group, Stack, Text } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, take } from "~/api/client";
import type { Session } from "~/api/types";
import { Confirm } from "~/ui/Confirm";
import { Ago, DateText } from "~/ui/DateText";
import { ProblemAlert } from "~/ui/ProblemAlert";
import { QueryView } from "~/ui/QueryView";
import { Section } from "~/ui/Section";
import { sessionsQuery } from "./security";
import classes from "./security.module.css";

/** Where a person is signed in, and the way to end it there. */
export function SessionSection() {
  const { t } = useTranslation();
  const client = useQueryClient();
  const sessions = useQuery(sessionsQuery);
  const [all, setAll] = useState(false);
  const refresh = () => void client.invalidateQueries({ queryKey: sessionsQuery.queryKey });
  const end = useMutation({ mutationFn: (id: string) => take(api.DELETE("/api/v1/me/sessions/{id}", { params: { path: { id } } })), onSettled: refresh });
  const endOthers = useMutation({
    mutationFn: () => take(api.DELETE("/api/v1/me/sessions")),
    onSuccess: () => {
      setAll(false);
      refresh();
    },
  });
  const others = (sessions.data ?? []).some((s) => !s.current);
  return (
    <Section
      title={t("security.sessions")}
      count={sessions.data?.length}
      actions={
        others && (
          <Button variant="default" size="compact-sm" onClick={() => setAll(true)}>
            {t("security.end_others")}
          </Button>
        )
      }
      flush
    >
      <ProblemAlert error={end.error} />
      <QueryView query={sessions}>
        {(list) => (
          <ul style={{ listStyle: "none", margin: 0, padding: 0 }}>
            {list.map((s) => (
              <Group component="li" key={s.id} className="ruled" justify="space-between" px="md" py="sm" gap="xs">
                <Line session={s} />
                {!s.current && (
                  <Button variant="subtle" color="brick" size="compact-sm" loading={end.isPending && end.variables === s.id} aria-label={t("security.end_of", { device: s.device || t("security.device_unknown") })} onClick={() => end.mutate(s.id)}>
                    {t("security.end")}
                  </Button>
                )}
              </Group>
            ))}
          </ul>
        )}
      </QueryView>
      {all && (
        <Confirm opened danger onClose={() => setAll(false)} title={t("security.end_others")} action={t("security.end_others")} pending={endOthers.isPending} error={endOthers.error} onConfirm={() => endOthers.mutate()}>
          <Text>{t("security.end_others_hint")}</Text>
        </Confirm>
      )}
    </Section>
  );
}

function Line({ session: s }: { session: Session }) {
  const { t } = useTranslation();
  return (
    <Stack gap={2} className={classes.facts} flex="1 1 220px">
      <Group gap="xs">
        <Text fw={600}>{s.device || t("security.device_unknown")}</Text>
        {s.current && <Badge color="petrol">{t("security.this_one")}</Badge>}
      </Group>
      <Text size="sm" c="dimmed">
        {s.network} · {t(`security.method.${s.method}`)} <DateText at={s.created_at} time /> · {t("security.seen")} <Ago at={s.seen_at} />
      </Text>
    </Stack>
  );
}
