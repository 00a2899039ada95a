import { Button, Grid, Group, Stack } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useDebouncedValue } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import { useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { api, take } from "~/api/client";
import { useSend } from "~/api/useSend";
import type { TemplateVersion } from "~/api/types";
import { useSession } from "~/app/session";
import { ProblemAlert } from "~/ui/ProblemAlert";
import { Section } from "~/ui/Section";
import { written } from "./base/base";
import { Findings } from "./Findings";
import { PublishDialog } from "./PublishDialog";
import { SourceEditor, type SourceEditorHandle } from "./SourceEditor";
import { checkQuery } from "./templates";
import { Versions } from "./Versions";

type Props = { templateKey: string; versions: TemplateVersion[] };

/** The text with its check beside it. Publishing makes a new version; files in flight keep theirs. */
export function TemplateEditor({ templateKey, versions }: Props) {
  const { t } = useTranslation();
  const { can } = useSession();
  const editor = useRef<SourceEditorHandle>(null);
  const [shown, setShown] = useState(versions[0]!);
  const [source, setSource] = useState(written(shown));
  const [publishing, setPublishing] = useState(false);
  const [settled] = useDebouncedValue(source, 500);
  const check = useQuery(checkQuery(settled));
  const changed = source !== written(shown);
  const checking = check.isFetching || settled !== source;
  const draft = useSend({
    send: (body: { source: string }, once) => take(api.POST("/api/v1/workflows", { params: { header: once(body) }, body })),
    touches: ["workflows"],
    onDone: (made) => {
      setShown(made);
      notifications.show({ color: "moss", message: t("workflow.draft_saved", { version: made.version }) });
    },
  });
  const open = (version: TemplateVersion) => {
    if (changed && !window.confirm(t("form.leave"))) return;
    setShown(version);
    setSource(written(version));
  };
  return (
    <Grid gap="md">
      <Grid.Col span={{ base: 12, lg: 8 }}>
        <Section
          title={t("workflow.source", { version: shown.version })}
          flush
          actions={
            <Group gap="xs">
              {can("workflows.write") && (
                <Button variant="default" disabled={!changed} loading={draft.isPending} onClick={() => draft.mutate({ source })}>
                  {t("workflow.save_draft")}
                </Button>
              )}
              {can("workflows.publish") && (
                <Button disabled={checking || check.data?.publishable !== true || (!changed && shown.status === "published")} onClick={() => setPublishing(true)}>
                  {t("workflow.publish")}
                </Button>
              )}
            </Group>
          }
        >
          <ProblemAlert error={draft.error} />
          <SourceEditor ref={editor} value={source} onChange={setSource} readOnly={!can("workflows.write")} findings={check.data?.findings ?? []} />
        </Section>
      </Grid.Col>
      <Grid.Col span={{ base: 12, lg: 4 }}>
        <Stack gap="md">
          <Findings report={check.data} checking={checking} error={check.error} onGo={(line, column) => editor.current?.goTo(line, column)} />
          <Versions versions={versions} shown={shown.id} onOpen={open} />
        </Stack>
      </Grid.Col>
      {publishing && (
        <PublishDialog
          templateKey={templateKey}
          source={source}
          instances={versions.reduce((sum, v) => sum + v.instances, 0)}
          onClose={() => setPublishing(false)}
          onPublished={(v) => {
            setPublishing(false);
            setShown(v);
          }}
        />
      )}
    </Grid>
  );
}
