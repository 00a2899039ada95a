import { Badge, type BadgeProps } from "@mantine/core";
import type { Text } from "~/api/types";
import { useLanguage } from "./language";

type Props = BadgeProps & { title: Text; outcome?: "won" | "lost" | null; blocked?: boolean };

/** The state of a machine by its title; colour says how it ended or that something holds it, words say it too. */
export function StateBadge({ title, outcome, blocked, ...rest }: Props) {
  const { say } = useLanguage();
  const color = outcome === "won" ? "moss" : outcome === "lost" ? "gray" : blocked ? "ochre" : "petrol";
  return (
    <Badge color={color} {...rest}>
      {say(title)}
    </Badge>
  );
}
