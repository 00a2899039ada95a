import type { Step } from "../types";

/** A step somebody or something took, or a run of changes to data between two of them. */
export type Entry = { kind: "step"; step: Step } | { kind: "data"; steps: Step[] };

/** Steps newest first. Looks at changed data have no event; a run of them is one entry. */
export function entries(newestFirst: Step[]): Entry[] {
  const out: Entry[] = [];
  for (const step of newestFirst) {
    const last = out.at(-1);
    if (step.event !== "" || step.sequence === 1) out.push({ kind: "step", step });
    else if (last?.kind === "data") last.steps.push(step);
    else out.push({ kind: "data", steps: [step] });
  }
  return out;
}

/** Steps that led somewhere: what a short timeline shows. */
export const moves = (steps: Step[]) => steps.filter((s) => s.sequence === 1 || (s.event !== "" && s.outcome === "fired"));
