import { Button, Group, Modal, Stack } from "@mantine/core";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { ProblemAlert } from "./ProblemAlert";

type Props = {
  opened: boolean;
  onClose: () => void;
  title: string;
  action: string;
  pending: boolean;
  error: unknown;
  onSubmit: () => void;
  size?: string;
  children: ReactNode;
};

/** A small form in a dialog: fields, what went wrong, and one action. Mount it only while it is open, so that it starts afresh. */
export function FormDialog({ opened, onClose, title, action, pending, error, onSubmit, size = "md", children }: Props) {
  const { t } = useTranslation();
  return (
    <Modal opened={opened} onClose={onClose} title={title} size={size} closeButtonProps={{ "aria-label": t("common.close") }}>
      <form
        noValidate
        onSubmit={(e) => {
          e.preventDefault();
          e.stopPropagation();
          onSubmit();
        }}
      >
        <Stack gap="sm">
          <ProblemAlert error={error} />
          {children}
          <Group justify="flex-end" mt="xs">
            <Button variant="default" onClick={onClose}>
              {t("common.cancel")}
            </Button>
            <Button type="submit" loading={pending}>
              {action}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
