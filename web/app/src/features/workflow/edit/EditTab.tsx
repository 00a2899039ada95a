import { Button, Group, Stack, Text } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { lazy, Suspense, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { api, take } from "~/api/client";
import { useSend } from "~/api/useSend";
import type { Finding, TemplateVersion } from "~/api/types";
import { useSession } from "~/app/session";
import { Loading } from "~/ui/Loading";
import { ProblemAlert } from "~/ui/ProblemAlert";
import { Section } from "~/ui/Section";
import { useBench } from "../bench";
import { DiagramSection } from "../diagram/DiagramSection";
import { PublishDialog } from "../publish/PublishDialog";
import classes from "./edit.module.css";
import { FindingSection } from "./FindingList";
import { litBy } from "./findings";
import type { SourceEditorHandle } from "./SourceEditor";

const SourceEditor = lazy(() => import("./SourceEditor"));

/** The text, what the check says of it, and its picture, each leading to the others. */
export function EditTab() {
  const { t } = useTranslation();
  const { can } = useSession();
  const { source, setSource, shown, changed, report, checking } = useBench();
  const editor = useRef<SourceEditorHandle>(null);
  const [pointed, setPointed] = useState<Finding | null>(null);
  const writes = can("workflows.write");
  return (
    <div className={classes.layout}>
      <Stack gap="md" miw={0}>
        <Section
          title={t("workflow.source", { version: shown.version })}
          flush
          actions={
            <Group gap="xs">
              {changed && (
                <Text size="sm" c="dimmed">
                  {t("workflow.changed")}
                </Text>
              )}
              <Actions />
            </Group>
          }
        >
          <Suspense fallback={<div className={classes.waiting}><Loading rows={12} /></div>}>
            <SourceEditor ref={editor} value={source} onChange={setSource} readOnly={!writes} findings={checking ? undefined : (report?.findings ?? [])} />
          </Suspense>
        </Section>
        <FindingSection
          lit={pointed}
          onPoint={setPointed}
          onGo={(f) => {
            setPointed(f);
            editor.current?.goTo(f.line, f.column);
          }}
        />
      </Stack>
      <div className={classes.picture}>
        <DiagramSection diagram={report?.diagram ?? null} lit={litBy(pointed, report?.diagram ?? null)} onOpen={(line) => editor.current?.goTo(line, 1)} />
      </div>
    </div>
  );
}

/** Keeping the text as a draft, and putting it to work. */
function Actions() {
  const { t } = useTranslation();
  const { can } = useSession();
  const { source, shown, changed, report, checking, stored } = useBench();
  const [publishing, setPublishing] = useState(false);
  const draft = useSend<{ source: string }, TemplateVersion>({
    send: (body, once) => take(api.POST("/api/v1/workflows", { params: { header: once(body) }, body })) as Promise<TemplateVersion>,
    touches: ["workflows"],
    onDone: (made) => {
      stored(made);
      notifications.show({ color: "moss", message: t("workflow.draft_saved", { version: made.version }) });
    },
  });
  const nothingNew = !changed && shown.status !== "draft" && shown.status !== "certified";
  return (
    <>
      {can("workflows.write") && (
        <Button variant="default" disabled={!changed} loading={draft.isPending} onClick={() => draft.mutate({ source })}>
          {t("workflow.save_draft")}
        </Button>
      )}
      {can("workflows.publish") && (
        <Button disabled={checking || report?.publishable !== true || nothingNew} onClick={() => setPublishing(true)}>
          {t("workflow.publish")}
        </Button>
      )}
      {draft.error && (
        <div style={{ flexBasis: "100%" }}>
          <ProblemAlert error={draft.error} />
        </div>
      )}
      {publishing && <PublishDialog onClose={() => setPublishing(false)} />}
    </>
  );
}
