import { Modal } from "@mantine/core";
import { IconBuildingBank } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { lendersQuery } from "~/features/lenders/lenders";
import { EmptyState } from "~/ui/EmptyState";
import { TextLink } from "~/ui/links";
import { QueryView } from "~/ui/QueryView";
import { useFile } from "../FileContext";
import { submissionsQuery } from "../queries";
import { SendForm } from "./SendForm";

type Props = { opened: boolean; onClose: () => void };

/** Chooses lenders and sends them the file. */
export function SendDialog({ opened, onClose }: Props) {
  const { t } = useTranslation();
  return (
    <Modal opened={opened} onClose={onClose} title={t("application.send.title")} size="xl" closeButtonProps={{ "aria-label": t("common.close") }}>
      <Body onClose={onClose} />
    </Modal>
  );
}

function Body({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  const { file } = useFile();
  const lenders = useQuery(lendersQuery);
  const submissions = useQuery(submissionsQuery(file.id));
  return (
    <QueryView query={lenders}>
      {(all) =>
        all.length === 0 ? (
          <EmptyState
            compact
            icon={IconBuildingBank}
            title={t("application.send.no_lenders")}
            action={
              <TextLink to="/settings/lenders" onClick={onClose}>
                {t("application.send.to_lenders")}
              </TextLink>
            }
          />
        ) : (
          <QueryView query={submissions}>{(sent) => <SendForm lenders={all} sent={sent} onClose={onClose} />}</QueryView>
        )
      }
    </QueryView>
  );
}
