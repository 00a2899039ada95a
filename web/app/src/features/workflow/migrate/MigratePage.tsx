import { Alert, Button, Group, MultiSelect, Select, Stack, Text } from "@mantine/core";
import { IconInfoCircle } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { api, take } from "~/api/client";
import { useSend } from "~/api/useSend";
import type { Job, TemplateVersion } from "~/api/types";
import { membersQuery } from "~/features/members/members";
import { useLanguage } from "~/ui/language";
import { TextLink } from "~/ui/links";
import { Loading } from "~/ui/Loading";
import { PageHeader } from "~/ui/PageHeader";
import { ProblemAlert } from "~/ui/ProblemAlert";
import { QueryView } from "~/ui/QueryView";
import { Section } from "~/ui/Section";
import { JobProgress } from "../jobs/JobProgress";
import { ended, jobQuery } from "../jobs/jobs";
import { Migrated } from "../jobs/Migrated";
import { useTitles } from "../jobs/useTitles";
import { checkQuery, liveOf, versionsQuery } from "../templates";
import { begin, type Draft, planOf, stands, unchosen } from "./plan";
import { PlanForm } from "./PlanForm";

/** Moves files in flight from one version to another: a plan, a trial that moves nothing, then the move. */
export function MigratePage() {
  const { t } = useTranslation();
  const { key } = useParams({ from: "/inside/settings/workflows/$key/migrate" });
  const versions = useQuery(versionsQuery(key));
  return (
    <>
      <PageHeader
        over={
          <TextLink to="/settings/workflows/$key" params={{ key }} search={{ tab: "versions" }}>
            {t("workflow.back")}
          </TextLink>
        }
        title={t("migrate.title")}
        hint={t("migrate.hint")}
      />
      <QueryView query={versions}>{(list) => <Ends templateKey={key} versions={list.filter((v) => v.status === "published" || v.status === "retired")} />}</QueryView>
    </>
  );
}

/** From which version to which; both stand in the address. */
function Ends({ templateKey, versions }: { templateKey: string; versions: TemplateVersion[] }) {
  const { t } = useTranslation();
  const navigate = useNavigate({ from: "/settings/workflows/$key/migrate" });
  const asked = useSearch({ from: "/inside/settings/workflows/$key/migrate" });
  const to = versions.find((v) => v.version === asked.to) ?? liveOf(versions);
  const occupied = versions.filter((v) => v.version !== to?.version).sort((a, b) => b.instances - a.instances);
  const from = occupied.find((v) => v.version === asked.from) ?? occupied[0];
  const choices = versions.map((v) => ({ value: String(v.version), label: `${t("workflow.version_number", { version: v.version })} · ${t("workflow.in_flight", { count: v.instances })}` }));
  const pick = (part: { from?: number; to?: number }) => void navigate({ search: { from: from?.version, to: to?.version, ...part }, replace: true });
  if (!from || !to) return <Alert icon={<IconInfoCircle aria-hidden />}>{t("migrate.one_version")}</Alert>;
  return (
    <Stack gap="md">
      <Section title={t("migrate.ends")}>
        <Group gap="md" align="flex-end">
          <Select label={t("migrate.from")} data={choices} value={String(from.version)} onChange={(v) => pick({ from: Number(v) })} allowDeselect={false} />
          <Select label={t("migrate.to")} data={choices.filter((c) => c.value !== String(from.version))} value={String(to.version)} onChange={(v) => pick({ to: Number(v) })} allowDeselect={false} />
        </Group>
      </Section>
      <Planning key={`${from.id}-${to.id}`} templateKey={templateKey} from={from} to={to} />
    </Stack>
  );
}

type PlanningProps = { templateKey: string; from: TemplateVersion; to: TemplateVersion };

function Planning({ templateKey, from, to }: PlanningProps) {
  const { t } = useTranslation();
  const { say } = useLanguage();
  const navigate = useNavigate();
  const titles = useTitles([from, to]);
  const members = useQuery(membersQuery);
  const [before, after] = [useQuery(checkQuery(from.source ?? "")), useQuery(checkQuery(to.source ?? ""))];
  const [draft, setDraft] = useState<Draft | null>(null);
  const [states, setStates] = useState<string[]>([]);
  const [owner, setOwner] = useState<string | null>(null);
  const [tried, setTried] = useState<{ body: string; job: string } | null>(null);
  const old = before.isPlaceholderData ? null : (before.data?.diagram ?? null);
  const made = after.isPlaceholderData ? null : (after.data?.diagram ?? null);
  useEffect(() => {
    if (old && made) setDraft((d) => d ?? begin(old, made));
  }, [old, made]);

  const body = draft && {
    from_version: from.version,
    to_version: to.version,
    plan: planOf(draft, from.version),
    filter: { ...(states.length > 0 ? { states } : {}), ...(owner ? { owner } : {}) },
  };
  const said = JSON.stringify(body);
  const send = useSend<boolean, Job>({
    send: (dry, once) => {
      const asked = { ...body!, dry_run: dry };
      return take(api.POST("/api/v1/workflows/{key}/migrate", { params: { path: { key: templateKey }, header: once(asked) }, body: asked }));
    },
    touches: ["jobs"],
    onDone: (job, dry) => {
      if (dry) setTried({ body: said, job: job.id });
      else void navigate({ to: "/settings/workflows/$key/jobs/$id", params: { key: templateKey, id: job.id } });
    },
  });
  const trial = useQuery({ ...jobQuery(tried?.job ?? ""), enabled: tried !== null });
  const fresh = tried?.body === said && trial.data !== undefined && ended(trial.data);
  const open = draft ? unchosen(draft.states).length : 0;
  return (
    <>
      <Section title={t("migrate.plan")}>
        <QueryView query={before}>{() => (draft ? <PlanForm from={old} to={made} draft={draft} onChange={setDraft} /> : <Loading rows={4} />)}</QueryView>
      </Section>
      <Section title={t("migrate.which")}>
        <Group gap="md" align="flex-end">
          <MultiSelect
            label={t("migrate.only_states")}
            placeholder={states.length === 0 ? t("migrate.every") : undefined}
            data={stands(old).map((s) => ({ value: s.id, label: say(s.title) }))}
            value={states}
            onChange={setStates}
            clearable
            clearButtonProps={{ "aria-label": t("migrate.clear") }}
            w={{ base: "100%", xs: 340 }}
          />
          <Select
            label={t("migrate.only_owner")}
            placeholder={t("migrate.everybody")}
            data={(members.data ?? []).map((m) => ({ value: m.user_id, label: m.name }))}
            value={owner}
            onChange={setOwner}
            clearable
            searchable
            w={{ base: "100%", xs: 260 }}
          />
        </Group>
      </Section>
      <ProblemAlert error={send.error} />
      <Group gap="md">
        <Button variant={fresh ? "default" : "filled"} disabled={!body || open > 0} loading={send.isPending && send.variables === true} onClick={() => send.mutate(true)}>
          {t("migrate.try")}
        </Button>
        <Button disabled={!fresh} loading={send.isPending && send.variables === false} onClick={() => send.mutate(false)}>
          {t("migrate.start")}
        </Button>
        <Text size="sm" c="dimmed" role="status">
          {open > 0 ? t("migrate.first_choose") : fresh ? t("migrate.now_start") : tried && tried.body !== said ? t("migrate.try_again") : t("migrate.try_first")}
        </Text>
      </Group>
      {trial.data && (
        <>
          <JobProgress job={trial.data} />
          <Migrated job={trial.data} {...titles} />
        </>
      )}
    </>
  );
}
