import { Table, VisuallyHidden } from "@mantine/core";
import { useTranslation } from "react-i18next";

/** The head of a column of buttons: named for those who hear the table, empty for those who see it. */
export function ActionsHead() {
  const { t } = useTranslation();
  return (
    <Table.Th>
      <VisuallyHidden>{t("common.actions")}</VisuallyHidden>
    </Table.Th>
  );
}
