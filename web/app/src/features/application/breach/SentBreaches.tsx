import { Alert } from "@mantine/core";
import { IconAlertTriangle } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import type { Application } from "~/api/types";
import { TextLink } from "~/ui/links";
import { useSentBreach } from "./useSentBreach";

/** Tells on the file's page what stands broken in its submissions, where it can be looked into. */
export function SentBreaches({ file }: { file: Application }) {
  const { t } = useTranslation();
  const text = useSentBreach(file);
  if (text === null) return null;
  return (
    <Alert role="status" color="brick" icon={<IconAlertTriangle aria-hidden />} mb="md">
      {text}.{" "}
      <TextLink to="/applications/$id" params={{ id: file.id }} search={{ tab: "submissions" }}>
        {t("application.breach.sent_see")}
      </TextLink>
    </Alert>
  );
}
