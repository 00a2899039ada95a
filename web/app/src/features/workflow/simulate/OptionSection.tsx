import { Badge, Button, Group, Stack, Text } from "@mantine/core";
import { IconFlagCheck } from "@tabler/icons-react";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, take } from "~/api/client";
import type { ProblemError } from "~/api/problem";
import type { JsonSchema, Simulated, Simulation } from "~/api/types";
import { useRoles } from "~/features/application/words";
import { BlockerList } from "~/ui/BlockerList";
import { EmptyState } from "~/ui/EmptyState";
import { useLanguage } from "~/ui/language";
import { ProblemAlert } from "~/ui/ProblemAlert";
import { filled } from "~/ui/schema";
import { SchemaFields, useSchemaForm } from "~/ui/SchemaFields";
import { Section } from "~/ui/Section";
import { useBench } from "../bench";
import { Way } from "../jobs/Migrated";
import classes from "./try.module.css";

type Option = NonNullable<Simulated["options"]>[number];
type Props = { answer: Simulated; waiting: boolean; question: Simulation; application: string | null; onGo: (states: string[]) => void };

/** Each event with a way from here: open or with what stands in its way, and what would come of it. */
export function OptionSection({ answer, waiting, question, application, onGo }: Props) {
  const { t } = useTranslation();
  const options = answer.options ?? [];
  const open = options.filter((o) => o.enabled).length;
  return (
    <Section
      title={t("simulate.options")}
      flush
      actions={
        <Text size="sm" c="dimmed" role="status">
          {waiting ? t("simulate.computing") : t("simulate.open", { open, count: options.length })}
        </Text>
      }
    >
      {options.length === 0 ? (
        <EmptyState compact icon={IconFlagCheck} title={t("simulate.end")}>
          {t("simulate.end_hint")}
        </EmptyState>
      ) : (
        options.map((o) => <Event key={`${o.event}-${(answer.states ?? []).join()}`} option={o} question={question} application={application} onGo={onGo} />)
      )}
    </Section>
  );
}

const nothing: JsonSchema = { type: "object", properties: {} };

function Event({ option: o, question, application, onGo }: { option: Option } & Pick<Props, "question" | "application" | "onGo">) {
  const { t } = useTranslation();
  const { say } = useLanguage();
  const roles = useRoles();
  const { titleOf } = useStateTitles();
  const schema = (o.payload_schema as JsonSchema | null) ?? nothing;
  const form = useSchemaForm(schema);
  const asks = Object.keys(schema.properties ?? {}).length > 0;
  const [filling, setFilling] = useState(false);
  const send = useMutation<Simulated, ProblemError, Record<string, unknown>>({
    mutationFn: async (payload) => {
      const body = { ...question, event: o.event, ...(Object.keys(payload).length > 0 ? { payload } : {}) };
      return (await take(api.POST("/api/v1/workflows/simulate", { body }))) as Simulated;
    },
  });
  const submit = form.handleSubmit((values) => {
    setFilling(false);
    send.mutate(filled(values));
  });
  return (
    <div className={classes.option} data-event={o.event}>
      <Group justify="space-between" gap="4px 12px" wrap="nowrap" align="flex-start">
        <div>
          <Group gap={8}>
            <Text fw={600}>{say(o.title)}</Text>
            <Badge color={o.enabled ? "moss" : "ochre"}>{t(o.enabled ? "simulate.possible" : "simulate.blocked")}</Badge>
          </Group>
          <Text size="xs" c="dimmed">
            {(o.by ?? []).map(roles.title).join(", ")}
            {(o.to ?? []).length > 0 && ` → ${o.to!.map(titleOf).join(" + ")}`}
          </Text>
        </div>
        <Button size="compact-sm" variant="default" loading={send.isPending} aria-label={t("simulate.try_event", { event: say(o.title) })} onClick={() => (asks && !filling ? setFilling(true) : void submit())}>
          {t("simulate.try")}
        </Button>
      </Group>
      {filling && (
        <form noValidate onSubmit={(e) => void submit(e)}>
          <Stack gap="xs" my="xs">
            <SchemaFields schema={schema} control={form.control} />
            <Group justify="flex-end">
              <Button type="submit" size="compact-sm">
                {t("simulate.try")}
              </Button>
            </Group>
          </Stack>
        </form>
      )}
      {!o.enabled && !send.data && (
        <div style={{ marginTop: 6 }}>
          <BlockerList blockers={o.blockers ?? []} application={application ?? undefined} />
        </div>
      )}
      <ProblemAlert error={send.error} />
      {send.data?.result && <Result result={send.data.result} application={application} onGo={onGo} />}
    </div>
  );
}

type ResultProps = { result: NonNullable<Simulated["result"]> } & Pick<Props, "application" | "onGo">;

/** What an event would come to: where it leads, over which transitions, and what it would set off. */
function Result({ result: r, application, onGo }: ResultProps) {
  const { t } = useTranslation();
  const { say } = useLanguage();
  const { titleOf } = useStateTitles();
  const actions = r.actions ?? [];
  return (
    <div className={classes.result} data-outcome={r.outcome} role="status">
      <Stack gap={6}>
        <Text size="sm" fw={600}>
          {t(`simulate.outcome.${r.outcome}`)}
          {r.ended && ` · ${t(`simulate.ended.${r.ended}`)}`}
        </Text>
        {r.outcome === "refused" ? (
          <BlockerList blockers={r.blockers ?? []} application={application ?? undefined} />
        ) : (
          <>
            <Way from={(r.from ?? []).map(titleOf)} to={(r.to ?? []).map(titleOf)} />
            {(r.transitions ?? []).length > 0 && (
              <Text size="xs" c="dimmed">
                {t("simulate.over", { transitions: r.transitions!.join(", ") })}
              </Text>
            )}
            {(r.blockers ?? []).length > 0 && <BlockerList blockers={r.blockers!} application={application ?? undefined} />}
            {actions.length > 0 && (
              <Text size="xs" c="dimmed">
                {t("simulate.sets_off", { actions: actions.map((a) => [a.do, a.title && say(a.title), a.ref, a.template, a.role].filter(Boolean).join(" ")).join("; ") })}
              </Text>
            )}
            {!r.ended && r.outcome === "fired" && (
              <div>
                <Button size="compact-sm" variant="subtle" onClick={() => onGo(r.to ?? [])}>
                  {t("simulate.go_on")}
                </Button>
              </div>
            )}
          </>
        )}
      </Stack>
    </div>
  );
}

function useStateTitles() {
  const { say } = useLanguage();
  const { report } = useBench();
  const titles = new Map((report?.diagram?.states ?? []).map((s) => [s.id, say(s.title)]));
  return { titleOf: (name: string) => titles.get(name) ?? name };
}
