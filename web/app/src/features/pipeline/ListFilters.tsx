import { Group, Select, Switch } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { membersQuery } from "~/features/members/members";
import { useLanguage } from "~/ui/language";
import { SearchField } from "~/ui/SearchField";
import { boardQuery } from "./files";

const wide = { base: "100%", xs: 230 };

/** What narrows the list; it stands in the address, so a narrowed list can be kept and sent. */
export function ListFilters() {
  const { t } = useTranslation();
  const { say } = useLanguage();
  const search = useSearch({ from: "/inside/pipeline" });
  const navigate = useNavigate({ from: "/pipeline" });
  const board = useQuery(boardQuery);
  const members = useQuery(membersQuery);
  const set = (part: Partial<typeof search>) => void navigate({ search: (s) => ({ ...s, ...part }), replace: true });
  return (
    <Group mb="md" gap="sm" align="flex-end" role="search">
      <SearchField w={{ base: "100%", xs: 280 }} label={t("pipeline.search")} placeholder={t("pipeline.search_hint")} value={search.q ?? ""} onSettled={(q) => set({ q: q || undefined })} />
      <Select
        w={wide}
        label={t("pipeline.state")}
        placeholder={t("pipeline.every")}
        clearable
        data={(board.data?.columns ?? []).map((c) => ({ value: c.state, label: say(c.title) }))}
        value={search.state ?? null}
        onChange={(state) => set({ state: state ?? undefined })}
      />
      <Select
        w={wide}
        label={t("pipeline.owner")}
        placeholder={t("pipeline.every")}
        clearable
        searchable
        data={(members.data ?? []).map((m) => ({ value: m.user_id, label: m.name }))}
        value={search.owner ?? null}
        onChange={(owner) => set({ owner: owner ?? undefined })}
      />
      <Switch mb={8} label={t("pipeline.only_blocked")} checked={search.blocked === true} onChange={(e) => set({ blocked: e.currentTarget.checked || undefined })} />
      <Switch mb={8} label={t("pipeline.only_stalled")} checked={search.stalled === true} onChange={(e) => set({ stalled: e.currentTarget.checked || undefined })} />
      <Switch mb={8} label={t("pipeline.with_ended")} checked={search.all === true} onChange={(e) => set({ all: e.currentTarget.checked || undefined })} />
    </Group>
  );
}
