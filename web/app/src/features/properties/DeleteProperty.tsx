import { Button, Text } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconTrash } from "@tabler/icons-react";
import { useNavigate } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { api, ifMatch, take } from "~/api/client";
import { useSend } from "~/api/useSend";
import type { Property } from "~/api/types";
import { Confirm } from "~/ui/Confirm";

export function DeleteProperty({ property }: { property: Property }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const [opened, { open, close }] = useDisclosure();
  const remove = useSend({
    send: () => take(api.DELETE("/api/v1/properties/{id}", { params: { path: { id: property.id }, header: ifMatch(property.version) } })),
    touches: [],
    onDone: async () => {
      await navigate({ to: "/properties" });
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
      <Confirm opened={opened} onClose={close} danger title={t("properties.delete_title")} action={t("common.delete")} pending={remove.isPending} error={remove.error} onConfirm={() => remove.mutate(undefined)}>
        <Text>{t("properties.delete_hint")}</Text>
      </Confirm>
    </>
  );
}
