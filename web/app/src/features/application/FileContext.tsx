import { createContext, type ReactNode, useContext, useMemo } from "react";
import { useSession } from "~/app/session";
import type { Application } from "~/api/types";

type Value = {
  file: Application;
  /** Names of the file's people and addresses of its properties by id, for whatever mentions them by id alone. */
  names: Record<string, string>;
  /** Whether this person may change what is asked, who takes part, and the like: an ended file stays as it is. */
  editable: boolean;
};

const Context = createContext<Value | null>(null);

/** The file every part of its page is about. */
export function useFile(): Value {
  const value = useContext(Context);
  if (!value) throw new Error("useFile outside of a file's page");
  return value;
}

export function FileProvider({ file, children }: { file: Application; children: ReactNode }) {
  const { can } = useSession();
  const editable = can("applications.write") && file.outcome === null;
  const value = useMemo(() => {
    const people = (file.parties ?? []).map((p) => [p.subject_id, p.display_name]);
    const properties = (file.properties ?? []).map((p) => [p.property_id, p.address_line]);
    return { file, editable, names: Object.fromEntries([...people, ...properties]) as Record<string, string> };
  }, [file, editable]);
  return <Context value={value}>{children}</Context>;
}
