import { Group, VisuallyHidden } from "@mantine/core";
import { type Icon, IconShieldCheck, IconShieldExclamation, IconShieldOff } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import type { Doc } from "../types";

const marks: Record<Doc["scan"], { icon: Icon; color: string }> = {
  clean: { icon: IconShieldCheck, color: "moss" },
  not_scanned: { icon: IconShieldOff, color: "gray" },
  infected: { icon: IconShieldExclamation, color: "brick" },
  failed: { icon: IconShieldExclamation, color: "ochre" },
};

/** What a malware scanner said of a content: a sign with its words beside it, or `bare` in a row of many. */
export function ScanMark({ of, bare = false }: { of: Doc["scan"]; bare?: boolean }) {
  const { t } = useTranslation();
  const { icon: Sign, color } = marks[of];
  const words = t(`application.documents.scanned.${of}`);
  const sign = <Sign size={bare ? 14 : 18} stroke={1.8} aria-hidden color={`light-dark(var(--mantine-color-${color}-7), var(--mantine-color-${color}-4))`} style={{ flexShrink: 0, verticalAlign: -2 }} />;
  if (!bare) {
    return (
      <Group gap={6} wrap="nowrap" align="flex-start" component="span">
        {sign} {words}
      </Group>
    );
  }
  return (
    <span title={words}>
      {sign}
      <VisuallyHidden component="span">{words}</VisuallyHidden>
    </span>
  );
}
