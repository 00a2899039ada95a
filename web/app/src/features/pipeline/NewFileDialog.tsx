import { Modal } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useNavigate } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { api, ifMatch, take } from "~/api/client";
import type { Application } from "~/api/types";
import { useSend } from "~/api/useSend";
import { NewFileForm } from "./NewFileForm";
import { fileBody, type NewFile } from "./newFile";

/** Opens a file, with its applicant where one is chosen. */
export function NewFileDialog({ opened, onClose }: { opened: boolean; onClose: () => void }) {
  const { t } = useTranslation();
  return (
    <Modal opened={opened} onClose={onClose} title={t("pipeline.new")} size="lg" closeButtonProps={{ "aria-label": t("common.close") }}>
      {opened && <Body onClose={onClose} />}
    </Modal>
  );
}

function Body({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const party = useSend({
    send: ({ file, subject }: { file: Application; subject: string }, once) => {
      const body = { subject_id: subject, role_type: "applicant" as const };
      return take(api.POST("/api/v1/applications/{id}/parties", { params: { path: { id: file.id }, header: { ...ifMatch(file.version), ...once(body) } }, body }));
    },
    touches: ["applications", "documents"],
  });
  const create = useSend<NewFile, Application>({
    send: async (values, once) => {
      const body = fileBody(values);
      return (await take(api.POST("/api/v1/applications", { params: { header: once(body) }, body }))) as Application;
    },
    touches: ["applications"],
    onDone: async (file, { subject }) => {
      if (subject) {
        await party.mutateAsync({ file, subject }).catch(() => {
          notifications.show({ color: "ochre", message: t("pipeline.applicant_missing") }); // the file is there all the same
        });
      }
      await navigate({ to: "/applications/$id", params: { id: file.id } });
    },
  });
  return <NewFileForm error={create.error} pending={create.isPending || party.isPending} onSubmit={(v) => create.mutate(v)} onCancel={onClose} />;
}
