import { Button, FileInput, Group, Modal, Select, Stack } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { ProblemAlert } from "~/ui/ProblemAlert";
import { useFile } from "../FileContext";
import { useChange } from "../useChange";
import { documentKinds } from "./kinds";
import type { Owner } from "../types";
import { request } from "./upload";
import { accepted } from "./UploadButton";
import { UploadState } from "./UploadState";
import { useUpload } from "./useUpload";

type Props = { opened: boolean; onClose: () => void };

/** Asks for a paper the list does not have, or adds it right away. */
export function AddDocumentDialog({ opened, onClose }: Props) {
  const { t } = useTranslation();
  return (
    <Modal opened={opened} onClose={onClose} title={t("application.documents.add")} closeButtonProps={{ "aria-label": t("common.close") }}>
      <AddDocument onClose={onClose} />
    </Modal>
  );
}

function AddDocument({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  const { file, names } = useFile();
  const [kind, setKind] = useState<string>("other");
  const [of, setOf] = useState(file.id);
  const [content, setContent] = useState<File | null>(null);
  const upload = useUpload(onClose);
  const owner: Pick<Owner, "type" | "id"> = of === file.id ? { type: "file", id: "" } : { type: of.startsWith("sub_") ? "subject" : "property", id: of };
  const target = { application: file.id, kind, owner };
  const ask = useChange({ send: () => request(target), onDone: onClose });
  return (
    <form
      noValidate
      onSubmit={(e) => {
        e.preventDefault();
        if (content) upload.start({ ...target, document: null }, [content]);
        else ask.run(undefined);
      }}
    >
      <Stack gap="md">
        <Select
          label={t("application.documents.kind")}
          searchable
          allowDeselect={false}
          data={documentKinds.map((value) => ({ value, label: t(`application.documents.kinds.${value}`) }))}
          value={kind}
          onChange={(v) => v && setKind(v)}
        />
        <Select
          label={t("application.documents.whose")}
          allowDeselect={false}
          data={[{ value: file.id, label: t("application.documents.of_file") }, ...Object.entries(names).map(([value, label]) => ({ value, label }))]}
          value={of}
          onChange={(v) => v && setOf(v)}
        />
        <FileInput
          label={t("application.documents.content")}
          description={t("application.documents.content_hint")}
          placeholder={t("application.documents.choose")}
          accept={accepted}
          clearable
          clearButtonProps={{ "aria-label": t("application.remove") }}
          value={content}
          onChange={setContent}
        />
        <UploadState upload={upload} what={content?.name ?? ""} />
        <ProblemAlert error={ask.error} />
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            {t("common.cancel")}
          </Button>
          <Button type="submit" loading={ask.pending || upload.progress !== null}>
            {t(content ? "application.documents.upload" : "application.documents.ask")}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
