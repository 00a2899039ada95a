import { useQuery } from "@tanstack/react-query";
import { useLanguage } from "~/ui/language";
import { registerQuery } from "./privacy";

/** The title of a purpose, from the record of processing. */
export function useTitle() {
  const { say } = useLanguage();
  const register = useQuery(registerQuery);
  return (purpose: string) => {
    const known = register.data?.purposes[purpose];
    return known ? say(known.title) : register.isPending ? "…" : purpose.replace(/_/g, " ");
  };
}
