import { Button, FileInput, Group, Modal, Radio, SegmentedControl, Select, Stack, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, take } from "~/api/client";
import { useLanguage } from "~/ui/language";
import { ProblemAlert } from "~/ui/ProblemAlert";
import { accepted } from "../documents/UploadButton";
import { UploadState } from "../documents/UploadState";
import { useUpload } from "../documents/useUpload";
import { documentKinds } from "../documents/kinds";
import { useFile } from "../FileContext";
import { documentsQuery } from "../queries";
import type { Owner, Requested, Submission } from "../types";
import { useChange } from "../useChange";
import { candidates, ownerFor } from "./answers";

type Props = { submission: Submission; item: Requested | null; onClose: () => void };

/** What nobody asked for: a paper that is handed to the lender all the same. */
export const unasked: Requested = { id: "", kind: "other", text: "", answered_document_id: "" };

/** Answers an item a lender asked for, with a paper the file has or with a new one; or hands over one it did not ask for. */
export function AnswerDialog({ submission, item, onClose }: Props) {
  const { t } = useTranslation();
  return (
    <Modal opened={item !== null} onClose={onClose} title={t(item?.id ? "application.answers.to" : "application.answers.more_to", { lender: submission.lender.name })} closeButtonProps={{ "aria-label": t("common.close") }}>
      {item && <Answer submission={submission} item={item} onClose={onClose} />}
    </Modal>
  );
}

function Answer({ submission, item, onClose }: { submission: Submission; item: Requested; onClose: () => void }) {
  const { t } = useTranslation();
  const { say } = useLanguage();
  const { file, names } = useFile();
  const documents = useQuery(documentsQuery(file.id));
  const ready = candidates(documents.data ?? [], item.kind);
  const [how, setHow] = useState<"existing" | "new" | null>(null);
  const [chosen, setChosen] = useState<string | null>(null);
  const [content, setContent] = useState<File | null>(null);
  const [of, setOf] = useState(() => ownerFor(file, item.kind));
  const answer = useChange({
    send: (body: { item_id: string; document_id: string }, once) => {
      const params = { path: { id: submission.id }, header: { ...once(body) } };
      return item.id === unasked.id
        ? take(api.POST("/api/v1/submissions/{id}/documents", { params, body: { document_id: body.document_id } }))
        : take(api.POST("/api/v1/submissions/{id}/answers", { params, body }));
    },
    touches: ["submissions", "operations", "documents"],
    onDone: onClose,
  });
  const give = (document: string) => answer.run({ item_id: item.id, document_id: document });
  const upload = useUpload((d) => give(d.id));
  const way = how ?? (documents.isSuccess && ready.length === 0 ? "new" : "existing");
  const kind = (documentKinds as readonly string[]).includes(item.kind) ? item.kind : "other";
  const owner: Pick<Owner, "type" | "id"> = of === "" ? { type: "file", id: "" } : { type: of.startsWith("sub_") ? "subject" : "property", id: of };
  return (
    <form
      noValidate
      onSubmit={(e) => {
        e.preventDefault();
        if (way === "existing" && chosen) give(chosen);
        if (way === "new" && content) upload.start({ application: file.id, kind, owner, document: null }, [content]);
      }}
    >
      <Stack gap="md">
        <Text fw={600}>{item.text || t("application.answers.more_hint")}</Text>
        <SegmentedControl
          value={way}
          onChange={(v) => setHow(v as typeof way)}
          aria-label={t("application.answers.with")}
          data={[
            { value: "existing", label: t("application.answers.existing"), disabled: ready.length === 0 },
            { value: "new", label: t("application.answers.new") },
          ]}
        />
        {way === "existing" ? (
          <Radio.Group value={chosen} onChange={setChosen} aria-label={t("application.answers.existing")}>
            <Stack gap={8} mah={320} style={{ overflowY: "auto" }} p={3}>
              {ready.map((d) => (
                <Radio key={d.id} value={d.id} label={`${say(d.title)} · ${names[d.subject_id || d.property_id] ?? t("application.documents.of_file")}`} description={d.file_name} />
              ))}
            </Stack>
          </Radio.Group>
        ) : (
          <>
            <Select
              label={t("application.documents.whose")}
              allowDeselect={false}
              data={[{ value: "", label: t("application.documents.of_file") }, ...Object.entries(names).map(([value, label]) => ({ value, label }))]}
              value={of}
              onChange={(v) => setOf(v ?? "")}
            />
            <FileInput
              label={t("application.documents.content")}
              description={t("application.documents.content_types")}
              accept={accepted}
              clearable
              clearButtonProps={{ "aria-label": t("application.remove") }}
              value={content}
              onChange={setContent}
            />
            <UploadState upload={upload} what={content?.name ?? ""} />
          </>
        )}
        <ProblemAlert error={answer.error} />
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            {t("common.cancel")}
          </Button>
          <Button type="submit" loading={answer.pending || upload.progress !== null} disabled={way === "existing" ? !chosen : !content}>
            {t(item.id ? "application.answers.send" : "application.answers.more_send")}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
