import { Stack } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useSearch } from "@tanstack/react-router";
import { useState } from "react";
import { Loading } from "~/ui/Loading";
import { QueryView } from "~/ui/QueryView";
import { useFile } from "../FileContext";
import { useLanding } from "../landing";
import { checklistQuery, documentsQuery } from "../queries";
import type { Doc } from "../types";
import { byOwner, isDueNow } from "./checklist";
import { ChecklistGroup } from "./ChecklistGroup";
import { DocumentDialog } from "./DocumentDialog";
import { DocumentsBar } from "./DocumentsBar";
import { OtherDocuments } from "./OtherDocuments";

/** The papers the file needs, as the server derives them, by whom each is of; and those it has besides. */
export function DocumentsTab() {
  const { file } = useFile();
  const { tab, kind, subject } = useSearch({ from: "/inside/applications/$id" });
  const checklist = useQuery(checklistQuery(file.id));
  const documents = useQuery(documentsQuery(file.id));
  const [openOnly, setOpenOnly] = useState(false);
  const [shown, setShown] = useState<Doc | null>(null);
  const landing = useLanding<HTMLDivElement>(tab === "documents" && !kind && checklist.isSuccess, { section: true });
  // The dialog shows the document as it now is: accepting it changes it under one's eyes.
  const current = shown && (documents.data?.find((d) => d.id === shown.id) ?? shown);
  return (
    <QueryView query={checklist} loading={<Loading rows={10} />}>
      {(list) => {
        const items = list.items ?? [];
        const visible = openOnly ? items.filter((i) => i.failure !== null && isDueNow(i)) : items;
        const wantedKind = (group: string) => (kind && (!subject || subject === group) ? kind : undefined);
        return (
          <Stack gap="md" {...landing}>
            <DocumentsBar list={list} openOnly={openOnly} onOpenOnly={setOpenOnly} />
            {byOwner(visible).map((group) => (
              <ChecklistGroup key={group.owner.id || "file"} group={group} all={items} wanted={wantedKind(group.owner.id)} onOpen={setShown} />
            ))}
            <OtherDocuments items={items} documents={documents} onOpen={setShown} />
            <DocumentDialog document={current} onClose={() => setShown(null)} />
          </Stack>
        );
      }}
    </QueryView>
  );
}
