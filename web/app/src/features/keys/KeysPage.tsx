import { Button, List, Stack, Text } from "@mantine/core";
import { IconRefresh } from "@tabler/icons-react";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { api, take } from "~/api/client";
import { useSend } from "~/api/useSend";
import type { Job } from "~/api/types";
import { useSession } from "~/app/session";
import { JobProgress } from "~/features/workflow/jobs/JobProgress";
import { ended, jobQuery, jobsQuery } from "~/features/workflow/jobs/jobs";
import { Confirm } from "~/ui/Confirm";
import { PageHeader } from "~/ui/PageHeader";
import { QueryView } from "~/ui/QueryView";
import { Section } from "~/ui/Section";
import { agencyKeysQuery, rotationKind } from "./keys";
import { KeyTable } from "./KeyTable";

/** The keys the agency's data is encrypted under, and the way to a new one. */
export function KeysPage() {
  const { t } = useTranslation();
  const { can } = useSession();
  const [asking, setAsking] = useState(false);
  const list = useQuery(agencyKeysQuery);
  const jobs = useQuery({ ...jobsQuery(rotationKind), enabled: can("jobs.read") });
  const last = jobs.data?.[0];
  const rotate = useSend<void, Job>({
    send: async (_, once) => (await take(api.POST("/api/v1/agency/keys/rotate", { params: { header: once(list.data?.[0]?.number) } }))) as Job,
    touches: ["jobs"],
    onDone: () => setAsking(false),
  });
  const running = last !== undefined && !ended(last);
  return (
    <>
      <PageHeader
        title={t("keys.title")}
        hint={t("keys.hint")}
        actions={
          can("keys.rotate") && (
            <Button leftSection={<IconRefresh size={17} aria-hidden />} disabled={running} onClick={() => setAsking(true)}>
              {t("keys.rotate")}
            </Button>
          )
        }
      />
      <Stack gap="md">
        {last && <Rotation id={last.id} />}
        <Section title={t("keys.keys")} count={list.data?.length} flush>
          <QueryView query={list}>{(items) => <KeyTable keys={items} />}</QueryView>
        </Section>
      </Stack>
      <Confirm opened={asking} onClose={() => setAsking(false)} title={t("keys.rotate_ask")} action={t("keys.rotate")} pending={rotate.isPending} error={rotate.error} onConfirm={() => rotate.mutate()}>
        <Text mb="xs">{t("keys.rotate_hint")}</Text>
        <List size="sm">
          {(["now", "job", "older"] as const).map((step) => (
            <List.Item key={step}>{t(`keys.step.${step}`)}</List.Item>
          ))}
        </List>
      </Confirm>
    </>
  );
}

/** How far the newest rotation is; its end changes what the table says. */
function Rotation({ id }: { id: string }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const job = useQuery(jobQuery(id));
  const over = job.data !== undefined && ended(job.data);
  useEffect(() => {
    if (!over) return;
    void client.invalidateQueries({ queryKey: agencyKeysQuery.queryKey });
    void client.invalidateQueries({ queryKey: jobsQuery(rotationKind).queryKey });
  }, [over, client]);
  if (!job.data) return null;
  return (
    <section aria-label={t("keys.rotation")}>
      <Text fw={600} mb={6}>
        {t("keys.rotation_to", { number: (job.data.about as { key: number }).key })}
      </Text>
      <JobProgress job={job.data} settled="keys.settled" />
    </section>
  );
}
