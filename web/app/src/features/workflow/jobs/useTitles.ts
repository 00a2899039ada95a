import { useQueries } from "@tanstack/react-query";
import type { TemplateVersion } from "~/api/types";
import { useLanguage } from "~/ui/language";
import { checkQuery } from "../templates";

/** What the states and events of some versions are called; a name that none of them has stays as it is. */
export function useTitles(versions: (TemplateVersion | undefined)[]) {
  const { say } = useLanguage();
  const reports = useQueries({ queries: versions.map((v) => checkQuery(v?.source ?? "")) });
  const states = new Map<string, string>();
  const events = new Map<string, string>();
  for (const { data } of reports) {
    for (const s of data?.diagram?.states ?? []) states.set(s.id, say(s.title));
    for (const tr of data?.diagram?.transitions ?? []) events.set(tr.on, say(tr.title));
  }
  return { titleOf: (name: string) => states.get(name) ?? name, eventOf: (name: string) => events.get(name) ?? name };
}
