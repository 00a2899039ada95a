import { Select } from "@mantine/core";
import { type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";
import { FormDialog } from "~/ui/FormDialog";
import type { useWays } from "./useWays";

type Ways = ReturnType<typeof useWays>;
type Chosen = { application_id: string; connection_id: string; connector: string };
type Props = { title: string; action: string; ways: Ways; pending: boolean; error: unknown; onClose: () => void; onSubmit: (to: Chosen) => void; children: (to: Chosen) => ReactNode };

/** Asks for which file and over which connection; where there is one of them, it is chosen already. */
export function AskDialog({ title, action, ways, pending, error, onClose, onSubmit, children }: Props) {
  const { t } = useTranslation();
  const [file, setFile] = useState(ways.files[0]?.id ?? "");
  const [connection, setConnection] = useState(ways.connections[0]?.id ?? "");
  const to = { application_id: file, connection_id: connection, connector: ways.connections.find((c) => c.id === connection)?.connector ?? "" };
  return (
    <FormDialog opened onClose={onClose} title={title} action={action} pending={pending} error={error} onSubmit={() => onSubmit(to)}>
      {ways.files.length > 1 && (
        <Select label={t("outside.file")} allowDeselect={false} data={ways.files.map((f) => ({ value: f.id, label: f.number }))} value={file} onChange={(v) => v && setFile(v)} />
      )}
      {ways.connections.length > 1 && (
        <Select label={t("outside.connection")} allowDeselect={false} data={ways.connections.map((c) => ({ value: c.id, label: c.name }))} value={connection} onChange={(v) => v && setConnection(v)} />
      )}
      {children(to)}
    </FormDialog>
  );
}
