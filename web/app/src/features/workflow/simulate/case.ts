import type { Simulation } from "~/api/types";

/** What a template is tried on: a real file or nobody's, where it stands, and values over its own. */
export type Case = {
  application: string | null;
  /** Empty: where the file stands, or where a new one begins. */
  states: string[];
  /** Null: somebody with every role. */
  role: string | null;
  /** YYYY-MM-DDTHH:MM of this computer; empty is now. */
  at: string;
  /** Values over the file's; null takes one away. */
  edits: Record<string, unknown>;
};

export const blank: Case = { application: null, states: [], role: null, at: "", edits: {} };

/** The question to the server; an event is added to it when one is tried. */
export function questionOf(source: string, c: Case): Simulation {
  return {
    source,
    ...(c.application ? { application_id: c.application } : {}),
    ...(c.states.length > 0 ? { states: c.states } : {}),
    ...(c.role ? { role: c.role } : {}),
    ...(c.at ? { at: new Date(c.at).toISOString() } : {}),
    ...(Object.keys(c.edits).length > 0 ? { facts: c.edits } : {}),
  };
}

/** A case with one more value of its own; undefined gives the file's back. */
export function edited(c: Case, name: string, value: unknown): Case {
  const { [name]: _, ...others } = c.edits;
  return { ...c, edits: value === undefined ? others : { ...others, [name]: value } };
}

/** The answers about papers that a guard can ask for: edited by name, like facts. */
export const isPaper = (name: string) => name === "checklist.complete" || name.startsWith("docs.valid.");
