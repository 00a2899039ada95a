import { Badge } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { Endpoint } from "./webhooks";

const color = { active: "moss", paused: "gray", disabled: "brick", failing: "ochre" } as const;

/** How an endpoint stands; one that fails is active all the same. */
export function EndpointState({ endpoint: e }: { endpoint: Pick<Endpoint, "status" | "failing_since"> }) {
  const { t } = useTranslation();
  const state = e.status === "active" && e.failing_since ? "failing" : e.status;
  return <Badge color={color[state]}>{t(`webhooks.status.${state}`)}</Badge>;
}
