import type { Diagram } from "~/api/types";

type State = NonNullable<Diagram["states"]>[number];

/** Where the files of each old state go: states of the new template, several where it is parallel. */
export type StateMap = Record<string, string[]>;

export type Fill = { id: string; fact: string; value: string };

/** A plan while somebody makes it. */
export type Draft = { states: StateMap; timers: "keep" | "restart" | "cancel"; approvals: "void" | "keep"; facts: Fill[] };

/** Stands for "no file is there": the state is left out, and the server refuses the plan if that is not so. */
export const nobody = "-";

/** The states an instance in flight can stand in: leaves, but for those that end it. */
export const stands = (diagram: Diagram | null): State[] => (diagram?.states ?? []).filter((s) => s.kind === "atomic" || (s.kind === "final" && s.parent !== null));

/** Begins with every state that both templates have going to itself; the others are for a person to choose. */
export function begin(from: Diagram | null, to: Diagram | null): Draft {
  const there = new Set(stands(to).map((s) => s.id));
  const states = Object.fromEntries(stands(from).map((s) => [s.id, there.has(s.id) ? [s.id] : []]));
  return { states, timers: "keep", approvals: "void", facts: [] };
}

/** Old states of which nobody has said yet where their files go. */
export const unchosen = (map: StateMap): string[] => Object.keys(map).filter((state) => map[state]!.length === 0);

/** Old states that do not simply keep their name: what a person has to look at. */
export const renamed = (map: StateMap): string[] => Object.keys(map).filter((state) => map[state]!.length !== 1 || map[state]![0] !== state);

/** The plan as the server reads it. */
export function planOf(draft: Draft, from: number) {
  const chosen = Object.entries(draft.states).filter(([, to]) => to.length > 0 && to[0] !== nobody);
  const facts = draft.facts.filter((f) => f.fact.trim() !== "" && f.value.trim() !== "").map((f) => ({ fact: f.fact.trim(), value: f.value.trim() }));
  return {
    from: String(from),
    states: Object.fromEntries(chosen.map(([state, to]) => [state, to.length === 1 ? to[0]! : to])),
    timers: draft.timers,
    approvals: draft.approvals,
    ...(facts.length > 0 ? { facts } : {}),
  };
}
