import { Button, Group, Progress, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { ProblemAlert } from "~/ui/ProblemAlert";
import type { useUpload } from "./useUpload";

/** How far an upload has come, or why it broke off. */
export function UploadState({ upload, what }: { upload: ReturnType<typeof useUpload>; what: string }) {
  const { t } = useTranslation();
  const { progress: p, error } = upload;
  if (!p) return error ? <ProblemAlert error={error} onRetry={undefined} /> : null;
  const percent = Math.round(p.part * 100);
  return (
    <Group gap="sm" wrap="nowrap" mt={4}>
      <Progress flex={1} size="sm" value={percent} aria-label={t("application.documents.uploading", { what })} />
      <Text size="xs" c="dimmed" style={{ whiteSpace: "nowrap" }}>
        {p.count > 1 && `${t("application.documents.number_of", { number: p.number, count: p.count })} · `}
        {percent} %
      </Text>
      <Button size="compact-xs" variant="default" onClick={upload.stop}>
        {t("common.cancel")}
      </Button>
    </Group>
  );
}
