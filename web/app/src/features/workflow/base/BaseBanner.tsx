import { Alert, Button, Group } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconArrowUpCircle } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { BaseBadge } from "./BaseBadge";
import { type Inheriting, waitingBase } from "./base";
import { UpgradeDialog } from "./UpgradeDialog";

/** On a template's page: what it inherits from, and the way to a newer base. Files and the live version stay as they are until somebody publishes. */
export function BaseBanner({ templateKey, versions }: { templateKey: string; versions: Inheriting[] }) {
  const { t } = useTranslation();
  const [opened, { open, close }] = useDisclosure();
  const waiting = waitingBase(versions);
  const newest = versions[0];
  return (
    <>
      {waiting ? (
        <Alert color="ochre" icon={<IconArrowUpCircle aria-hidden />} title={t("base.waits", waiting)} mb="md">
          <Group justify="space-between">
            {t("base.waits_hint", waiting)}
            <Button size="compact-md" variant="default" onClick={open}>
              {t("base.look")}
            </Button>
          </Group>
        </Alert>
      ) : (
        newest?.base && (
          <Group mb="md">
            <BaseBadge version={{ ...newest, new_base: null }} />
          </Group>
        )
      )}
      {opened && <UpgradeDialog templateKey={templateKey} onClose={close} />}
    </>
  );
}
