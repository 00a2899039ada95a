import { Alert, Button, Group, Modal, Paper, Radio, Select, Stack, Text, TextInput } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { api, take } from "~/api/client";
import { useSend } from "~/api/useSend";
import type { Published } from "~/api/types";
import { Loading } from "~/ui/Loading";
import { ProblemAlert } from "~/ui/ProblemAlert";
import { useBench } from "../bench";
import { ChangeList } from "../changes/ChangeList";
import { begin, type Draft, planOf, unchosen } from "../migrate/plan";
import { PlanForm } from "../migrate/PlanForm";
import { checkQuery, inFlight, liveOf } from "../templates";

type InFlight = "stay" | "migrate" | "drain";

/** What goes live, what it does differently, and what becomes of the files in flight. */
export function PublishDialog({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  return (
    <Modal opened onClose={onClose} size="xl" title={t("workflow.publish_title")} closeButtonProps={{ "aria-label": t("common.close") }}>
      <Body onClose={onClose} />
    </Modal>
  );
}

function Body({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const { templateKey, source, shown, changed, versions, stored } = useBench();
  const live = liveOf(versions);
  const files = inFlight(versions);
  const occupied = versions.filter((v) => v.instances > 0).sort((a, b) => b.instances - a.instances);
  const [choice, setChoice] = useState<InFlight | null>(null);
  const [by, setBy] = useState("");
  const [from, setFrom] = useState(occupied[0]);
  const [draft, setDraft] = useState<Draft | null>(null);
  const publish = useSend<void, Published>({
    send: (_, once) => {
      const what = !changed && (shown.status === "draft" || shown.status === "certified") ? { version: shown.version } : { source };
      const then = files === 0 ? {} : { in_flight: choice!, ...(choice === "drain" ? { by } : {}), ...(choice === "migrate" && from && draft ? { plan: planOf(draft, from.version) } : {}) };
      const body = { ...what, ...then };
      return take(api.POST("/api/v1/workflows/{key}/publish", { params: { path: { key: templateKey }, header: once(body) }, body })) as Promise<Published>;
    },
    touches: ["workflows", "applications", "jobs"],
    onDone: (made) => {
      const over = made.replaces && made.replaces.key !== templateKey ? made.replaces : null;
      notifications.show({ color: "moss", message: t(over ? "workflow.published_over" : "workflow.published", { version: made.version, over: over?.key }) });
      stored(made);
      onClose();
      if (made.job_id) void navigate({ to: "/settings/workflows/$key/jobs/$id", params: { key: templateKey, id: made.job_id }, ignoreBlocker: true }); // the text is stored
    },
  });
  const decided = files === 0 || choice === "stay" || (choice === "drain" && by !== "") || (choice === "migrate" && draft !== null && unchosen(draft.states).length === 0);
  return (
    <Stack gap="md">
      <Text>{t("workflow.publish_hint")}</Text>
      {live && (
        <Paper>
          <Text fw={600} px="md" pt="sm">
            {t("changes.against", { version: live.version })}
          </Text>
          <ChangeList before={live.source ?? ""} after={source} />
        </Paper>
      )}
      {files > 0 && (
        <Radio.Group label={t("publish.files", { count: files })} description={t("publish.files_hint")} value={choice} onChange={(v) => setChoice(v as InFlight)} withAsterisk>
          <Stack gap={10} mt={8}>
            <Radio value="stay" label={t("publish.stay")} description={t("publish.stay_hint")} />
            <Radio value="migrate" label={t("publish.migrate")} description={t("publish.migrate_hint")} />
            <Radio value="drain" label={t("publish.drain")} description={t("publish.drain_hint")} />
          </Stack>
        </Radio.Group>
      )}
      {choice === "drain" && <TextInput type="date" label={t("publish.by")} value={by} onChange={(e) => setBy(e.currentTarget.value)} withAsterisk maw={240} />}
      {choice === "migrate" && from && (
        <Paper p="md">
          <Stack gap="md">
            {occupied.length > 1 && (
              <>
                <Select
                  label={t("publish.which")}
                  data={occupied.map((v) => ({ value: String(v.version), label: `${t("workflow.version_number", { version: v.version })} · ${t("workflow.in_flight", { count: v.instances })}` }))}
                  value={String(from.version)}
                  onChange={(v) => {
                    setDraft(null);
                    setFrom(occupied.find((o) => String(o.version) === v));
                  }}
                  allowDeselect={false}
                  maw={320}
                />
                <Alert color="ochre">{t("publish.others", { count: files - from.instances })}</Alert>
              </>
            )}
            <Planning key={from.id} before={from.source ?? ""} draft={draft} onChange={setDraft} />
          </Stack>
        </Paper>
      )}
      <ProblemAlert error={publish.error} />
      <Group justify="flex-end">
        <Button variant="default" onClick={onClose}>
          {t("common.cancel")}
        </Button>
        <Button disabled={!decided} loading={publish.isPending} onClick={() => publish.mutate()}>
          {t("workflow.publish")}
        </Button>
      </Group>
    </Stack>
  );
}

/** The plan by which files move as soon as the version is live. */
function Planning({ before, draft, onChange }: { before: string; draft: Draft | null; onChange: (draft: Draft) => void }) {
  const { report } = useBench();
  const old = useQuery(checkQuery(before));
  const to = report?.diagram ?? null;
  const from = old.isPlaceholderData ? null : (old.data?.diagram ?? null);
  useEffect(() => {
    if (!draft && from) onChange(begin(from, to));
  }, [draft, from, to, onChange]);
  if (old.isError) return <ProblemAlert error={old.error} onRetry={() => void old.refetch()} />;
  if (!draft) return <Loading rows={3} />;
  return <PlanForm from={from} to={to} draft={draft} onChange={onChange} />;
}
