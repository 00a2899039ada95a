import { Button, Text } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconTrash } from "@tabler/icons-react";
import { useNavigate } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { api, ifMatch, take } from "~/api/client";
import { useSend } from "~/api/useSend";
import type { Subject } from "~/api/types";
import { Confirm } from "~/ui/Confirm";

/** Deletes a person no file holds; where one does, the refusal names the files. */
export function DeleteSubject({ subject }: { subject: Subject }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const [opened, { open, close }] = useDisclosure();
  const remove = useSend({
    send: () => take(api.DELETE("/api/v1/subjects/{id}", { params: { path: { id: subject.id }, header: ifMatch(subject.version) } })),
    touches: [],
    onDone: async () => {
      await navigate({ to: "/subjects" });
    },
  });
  return (
    <>
      <Button
        variant="default"
        leftSection={<IconTrash size={16} aria-hidden />}
        onClick={() => {
          remove.reset();
          open();
        }}
      >
        {t("common.delete")}
      </Button>
      <Confirm opened={opened} onClose={close} danger title={t("subjects.delete_title", { name: subject.display_name })} action={t("common.delete")} pending={remove.isPending} error={remove.error} onConfirm={() => remove.mutate(undefined)}>
        <Text>{t("subjects.delete_hint")}</Text>
      </Confirm>
    </>
  );
}
