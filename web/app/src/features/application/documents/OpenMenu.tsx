import { Button, Menu, Text } from "@mantine/core";
import { IconChevronDown, IconShieldCheck } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import type { Doc } from "../types";
import type { How } from "./Preview";

type Props = { document: Doc; how: How; onChange: (how: How) => void };

/** The ways to open a document: each choice opens it anew, and stands in the trail like every opening. */
export function OpenMenu({ document: d, how, onChange }: Props) {
  const { t } = useTranslation();
  const pdf = d.media_type === "application/pdf";
  return (
    <Menu position="bottom-end" width={290} closeOnItemClick={false}>
      <Menu.Target>
        <Button size="compact-sm" variant={how.watermark || how.once ? "light" : "subtle"} leftSection={<IconShieldCheck size={15} aria-hidden />} rightSection={<IconChevronDown size={14} aria-hidden />}>
          {t("application.documents.how")}
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.CheckboxItem checked={how.watermark} disabled={!pdf} onChange={(watermark) => onChange({ ...how, watermark })}>
          {t("application.documents.watermark")}
          <Text size="xs" c="dimmed">
            {t(pdf ? "application.documents.watermark_hint" : "application.documents.only_pdf")}
          </Text>
        </Menu.CheckboxItem>
        <Menu.CheckboxItem checked={how.once} onChange={(once) => onChange({ ...how, once })}>
          {t("application.documents.once")}
          <Text size="xs" c="dimmed">
            {t("application.documents.once_hint")}
          </Text>
        </Menu.CheckboxItem>
      </Menu.Dropdown>
    </Menu>
  );
}
