import { Badge, type BadgeProps } from "@mantine/core";
import type { Text } from "~/api/types";
import { useLanguage } from "./language";

/** What else holds beside the state of a file, such as "on hold". */
export function AsideBadges({ titles, ...rest }: BadgeProps & { titles: Text[] | null }) {
  const { say } = useLanguage();
  return (titles ?? []).map((title) => (
    <Badge key={title.en} color="ink" variant="light" {...rest}>
      {say(title)}
    </Badge>
  ));
}
