import { Alert, Button, Code, CopyButton, Group, Modal, Stack, Text } from "@mantine/core";
import { IconCheck, IconCopy, IconKey } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";

type Props = { title: string; secret: string; onClose: () => void; children?: ReactNode };

/** A secret at its making: the only time anybody sees it. Without one, the answer was lost on its way and a repetition has none. */
export function SecretOnce({ title, secret, onClose, children }: Props) {
  const { t } = useTranslation();
  return (
    <Modal opened onClose={onClose} title={title} size="lg" closeOnClickOutside={false} closeOnEscape={secret === ""} closeButtonProps={{ "aria-label": t("common.close") }}>
      <Stack gap="md">
        {secret === "" ? (
          <Text>{t("federation.secret_lost")}</Text>
        ) : (
          <>
            <Alert color="ochre" icon={<IconKey aria-hidden />} title={t("settings.secret_once")}>
              {t("settings.secret_once_hint")}
            </Alert>
            <Code block data-testid="secret" style={{ overflowWrap: "anywhere", whiteSpace: "pre-wrap" }}>
              {secret}
            </Code>
          </>
        )}
        {children}
        <Group justify="flex-end">
          {secret !== "" && (
            <CopyButton value={secret}>
              {({ copied, copy }) => (
                <Button variant={copied ? "default" : "filled"} leftSection={copied ? <IconCheck size={16} aria-hidden /> : <IconCopy size={16} aria-hidden />} onClick={copy} data-autofocus>
                  {copied ? t("settings.copied") : t("settings.copy")}
                </Button>
              )}
            </CopyButton>
          )}
          <Button variant="default" onClick={onClose}>
            {t("common.close")}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}
