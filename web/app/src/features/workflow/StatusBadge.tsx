import { Badge } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { TemplateVersion } from "~/api/types";

const color: Record<TemplateVersion["status"], string> = { draft: "ochre", certified: "ink", published: "moss", retired: "gray" };

/** Where a version stands in its life. */
export function StatusBadge({ status }: { status: TemplateVersion["status"] }) {
  const { t } = useTranslation();
  return <Badge color={color[status]}>{t(`workflow.status.${status}`)}</Badge>;
}
