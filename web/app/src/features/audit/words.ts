import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { useSession } from "~/app/session";
import { membersQuery } from "~/features/members/members";
import { documentKinds } from "~/features/application/documents/kinds";
import { type Entry, shortOf } from "./audit";

/** Who an actor's id is, by name where the agency knows them. */
export function useActor() {
  const { t } = useTranslation();
  const { me } = useSession();
  const members = useQuery(membersQuery);
  return (id: string) => {
    if (id === "system") return t("audit.system");
    if (id.startsWith("key_")) return t("audit.an_api_key", { id: shortOf(id) });
    return members.data?.find((m) => m.user_id === id)?.name ?? (id === me.user.id ? me.user.name : t("audit.outsider", { id: shortOf(id) }));
  };
}

/** What came with an entry, as short lines: codes in words where there are words for them. */
export function useDetails() {
  const { t } = useTranslation();
  const value = (name: string, text: string) => {
    if (name === "kind" && (documentKinds as readonly string[]).includes(text)) return t(`application.documents.kinds.${text}`);
    if (name === "groups") return text.split(" ").map((g) => t(`audit.group.${g}`, { defaultValue: g.replace(/_/g, " ") })).join(", ");
    if (name === "roles" || name === "role") return text.split(/[ ,]+/).map((r) => t(`role.${r}`, { defaultValue: r })).join(", ");
    if (name === "event") return t(`audit.event.${text}`, { defaultValue: text.replace(/_/g, " ") });
    return name === "outcome" ? t(`audit.outcome.${text}`, { defaultValue: text }) : text;
  };
  return (e: Pick<Entry, "detail">) => Object.entries(e.detail)
      .filter(([name, text]) => name !== "agency" && !(name === "outcome" && text === "fired")) // where one is, and what is usual, go without saying
      .map(([name, text]) => `${t(`audit.detail_name.${name}`, { defaultValue: name })}: ${value(name, String(text))}`);
}
