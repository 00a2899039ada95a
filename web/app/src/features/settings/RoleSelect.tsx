import { MultiSelect, type MultiSelectProps } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { rolesQuery } from "~/features/members/members";
import { useLanguage } from "~/ui/language";

/** The roles a member or key can have. */
export function RoleSelect(props: Omit<MultiSelectProps, "data">) {
  const { say } = useLanguage();
  const roles = useQuery(rolesQuery);
  return <MultiSelect {...props} data={(roles.data ?? []).map((r) => ({ value: r.key, label: say(r.title) }))} />;
}

/** Gives roles their titles. */
export function useRoleTitles() {
  const { say } = useLanguage();
  const roles = useQuery(rolesQuery);
  return (keys: string[] | null) => (keys ?? []).map((k) => roles.data?.find((r) => r.key === k)).flatMap((r) => (r ? [say(r.title)] : []));
}
