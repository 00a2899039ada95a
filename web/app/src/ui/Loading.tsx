import { Skeleton, Stack, VisuallyHidden } from "@mantine/core";
import { useTranslation } from "react-i18next";

/** Lines in the place of what is on its way; a screen reader hears one sentence. */
export function Loading({ rows = 4, height = 22 }: { rows?: number; height?: number }) {
  const { t } = useTranslation();
  return (
    <Stack gap="xs" p="md" aria-busy="true">
      <VisuallyHidden role="status">{t("common.loading")}</VisuallyHidden>
      {Array.from({ length: rows }, (_, i) => (
        <Skeleton key={i} height={height} radius="sm" width={i % 3 === 2 ? "70%" : "100%"} aria-hidden />
      ))}
    </Stack>
  );
}
