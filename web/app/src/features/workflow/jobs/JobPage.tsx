import { Alert, Button, Stack, Text } from "@mantine/core";
import { IconArrowBackUp } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useNavigate, useParams } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, take } from "~/api/client";
import { useSend } from "~/api/useSend";
import type { Job } from "~/api/types";
import { useSession } from "~/app/session";
import { Confirm } from "~/ui/Confirm";
import { day } from "~/ui/format";
import { useLanguage } from "~/ui/language";
import { ButtonLink, TextLink } from "~/ui/links";
import { PageHeader } from "~/ui/PageHeader";
import { QueryView } from "~/ui/QueryView";
import { liveOf, versionsQuery } from "../templates";
import { Diverged } from "./Diverged";
import { JobProgress } from "./JobProgress";
import { type AboutDivergence, type AboutMigration, ended, jobQuery } from "./jobs";
import { Migrated } from "./Migrated";
import { useTitles } from "./useTitles";

/** Long work on a template's files: how far it is and what came of each. */
export function JobPage() {
  const { key, id } = useParams({ from: "/inside/settings/workflows/$key/jobs/$id" });
  const job = useQuery(jobQuery(id));
  return <QueryView query={job}>{(j) => <Stack gap="md">{j.kind === "divergence" ? <Comparison job={j} templateKey={key} /> : <Migration job={j} templateKey={key} />}</Stack>}</QueryView>;
}

type Props = { job: Job; templateKey: string };

function Migration({ job, templateKey }: Props) {
  const { t } = useTranslation();
  const about = job.about as AboutMigration;
  const versions = useQuery(versionsQuery(templateKey)).data ?? [];
  const titles = useTitles([about.from_version, about.to_version].map((n) => versions.find((v) => v.version === n)));
  const title = about.dry_run ? "migrate.dry_title" : job.undo_of ? "migrate.undo_title" : "migrate.job_title";
  return (
    <>
      <PageHeader over={<Back templateKey={templateKey} />} title={t(title, { from: about.from_version, to: about.to_version })} actions={<Undo job={job} templateKey={templateKey} />} />
      {job.undone_by && (
        <Alert color="ochre" icon={<IconArrowBackUp aria-hidden />}>
          {t("migrate.undone")}{" "}
          <TextLink to="/settings/workflows/$key/jobs/$id" params={{ key: templateKey, id: job.undone_by }}>
            {t("migrate.undone_see")}
          </TextLink>
        </Alert>
      )}
      {about.unknown_ids !== undefined && <Alert color="ochre">{t("migrate.unknown_ids", { count: about.unknown_ids })}</Alert>}
      <JobProgress job={job} />
      <Migrated job={job} {...titles} />
    </>
  );
}

function Comparison({ job, templateKey }: Props) {
  const { t } = useTranslation();
  const { language } = useLanguage();
  const about = job.about as AboutDivergence;
  const versions = useQuery(versionsQuery(templateKey)).data ?? [];
  const titles = useTitles([liveOf(versions), versions.find((v) => v.version === about.version)]);
  return (
    <>
      <PageHeader over={<Back templateKey={templateKey} />} title={t("divergence.job_title", { day: day(about.since, language) })} hint={about.version ? t("divergence.of_version", { version: about.version }) : t("divergence.of_draft")} />
      <JobProgress job={job} />
      <Diverged job={job} {...titles} />
    </>
  );
}

function Back({ templateKey }: { templateKey: string }) {
  const { t } = useTranslation();
  return (
    <TextLink to="/settings/workflows/$key" params={{ key: templateKey }} search={{ tab: "versions" }}>
      {t("workflow.back")}
    </TextLink>
  );
}

/** The way back, where the plan has one: the server says whether, and if not, why. */
function Undo({ job, templateKey }: Props) {
  const { t } = useTranslation();
  const { can } = useSession();
  const navigate = useNavigate();
  const [asking, setAsking] = useState(false);
  const undo = useSend<void, Job>({
    send: (_, once) => take(api.POST("/api/v1/jobs/{id}/undo", { params: { path: { id: job.id }, header: once(job.id) } })),
    touches: ["jobs", "workflows"],
    onDone: (back) => {
      setAsking(false);
      void navigate({ to: "/settings/workflows/$key/jobs/$id", params: { key: templateKey, id: back.id } });
    },
  });
  const about = job.about as AboutMigration;
  if (about.dry_run) {
    return (
      <ButtonLink to="/settings/workflows/$key/migrate" params={{ key: templateKey }} search={{ from: about.from_version, to: about.to_version }} variant="default">
        {t("migrate.change_plan")}
      </ButtonLink>
    );
  }
  if (!ended(job) || job.undone_by || job.undo_of || job.done === 0 || !can("workflows.publish")) return null;
  return (
    <>
      <Button variant="default" leftSection={<IconArrowBackUp size={16} aria-hidden />} onClick={() => setAsking(true)}>
        {t("migrate.undo")}
      </Button>
      <Confirm opened={asking} onClose={() => setAsking(false)} title={t("migrate.undo_ask")} action={t("migrate.undo")} pending={undo.isPending} error={undo.error} onConfirm={() => undo.mutate()}>
        <Text>{t("migrate.undo_hint", { count: job.done, version: about.from_version })}</Text>
      </Confirm>
    </>
  );
}
