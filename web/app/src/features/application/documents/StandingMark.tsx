import { Badge } from "@mantine/core";
import { type Icon, IconCircleCheck, IconCircleDashed, IconCircleX, IconClockExclamation, IconEye, IconMailForward } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import type { Standing } from "./checklist";

const marks: Record<Standing, { icon: Icon; color: string }> = {
  missing: { icon: IconCircleDashed, color: "gray" },
  requested: { icon: IconMailForward, color: "gray" },
  uploaded: { icon: IconEye, color: "ink" },
  accepted: { icon: IconCircleCheck, color: "moss" },
  rejected: { icon: IconCircleX, color: "brick" },
  expires: { icon: IconClockExclamation, color: "ochre" },
};

/** How a paper stands, at a glance: the word is in the badge beside it. */
export function StandingIcon({ of }: { of: Standing }) {
  const { icon: Sign, color } = marks[of];
  return <Sign size={20} stroke={1.7} aria-hidden color={`light-dark(var(--mantine-color-${color}-7), var(--mantine-color-${color}-4))`} />;
}

export function StandingBadge({ of }: { of: Standing }) {
  const { t } = useTranslation();
  const { color } = marks[of];
  return <Badge color={color} variant={color === "gray" ? "default" : "light"}>{t(`application.documents.standing.${of}`)}</Badge>;
}
