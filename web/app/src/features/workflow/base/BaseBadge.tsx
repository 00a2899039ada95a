import { Badge, Group } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { Inheriting } from "./base";

/** What of the network's a template stands on, and whether there is something newer. */
export function BaseBadge({ version }: { version: Inheriting }) {
  const { t } = useTranslation();
  if (!version.base) return null;
  return (
    <Group gap={6} mt={4}>
      <Badge color="gray">{t("base.inherits", version.base)}</Badge>
      {version.new_base && <Badge color="ochre">{t("base.newer", { version: version.new_base })}</Badge>}
    </Group>
  );
}
