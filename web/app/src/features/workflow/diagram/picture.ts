import type { Diagram } from "~/api/types";

type State = NonNullable<Diagram["states"]>[number];
type Transition = NonNullable<Diagram["transitions"]>[number];

/** A box of the picture; a group has others in it. `stays` are the transitions that lead nowhere else. */
export type Box = State & { group: boolean; stays: Transition[] };

/** A line of the picture: all that leads from one box to another. `many` counts the states a transition is drawn from at once. */
export type Line = { id: string; from: string; to: string; carries: { transition: Transition; many: number }[] };

/** From how many states on a transition is drawn once, from what is around them. */
const crowd = 3;

/**
 * What is drawn of a template. So that it stays readable, transitions between the same two states share a line, one that leaves
 * many states is drawn from what is around them all, and one that stays is a word in its box. Edges to states that are not
 * there are left out: the findings say that.
 */
export function pictureOf(diagram: Diagram): { boxes: Box[]; lines: Line[] } {
  const states = diagram.states ?? [];
  const byId = new Map(states.map((s) => [s.id, s]));
  const parents = new Set(states.map((s) => s.parent));
  const stays = new Map<string, Transition[]>();
  const lines = new Map<string, Line>();
  const draw = (from: string, to: string, transition: Transition, many: number) => {
    const id = `${from}>${to}`;
    const line = lines.get(id) ?? { id, from, to, carries: [] };
    line.carries.push({ transition, many });
    lines.set(id, line);
  };
  for (const same of byTransition(diagram.transitions ?? [])) {
    const sources = same.filter((t) => byId.has(t.from));
    const targets = (same[0]?.to ?? []).filter((to) => byId.has(to));
    const around = sources.length >= crowd && targets.length > 0 ? commonParent(sources.map((t) => t.from), byId) : null;
    if (around && !targets.some((to) => lineage(to, byId).includes(around))) {
      for (const to of targets) draw(around, to, sources[0]!, sources.length);
      continue;
    }
    for (const t of sources) {
      if ((t.to ?? []).length === 0) stays.set(t.from, [...(stays.get(t.from) ?? []), t]);
      for (const to of targets) draw(t.from, to, t, 1);
    }
  }
  return { boxes: states.map((s) => ({ ...s, group: parents.has(s.id), stays: stays.get(s.id) ?? [] })), lines: [...lines.values()] };
}

function byTransition(transitions: Transition[]): Transition[][] {
  const groups = new Map<string, Transition[]>();
  for (const t of transitions) groups.set(t.id, [...(groups.get(t.id) ?? []), t]);
  return [...groups.values()];
}

/** A state and what is around it, from the inside out. */
function lineage(id: string, byId: Map<string, State>): string[] {
  const out: string[] = [];
  for (let at: string | null = id; at !== null && !out.includes(at); at = byId.get(at)?.parent ?? null) out.push(at);
  return out;
}

function commonParent(ids: string[], byId: Map<string, State>): string | null {
  const [first, ...rest] = ids.map((id) => lineage(id, byId).slice(1));
  return first?.find((parent) => rest.every((other) => other.includes(parent))) ?? null;
}

/** Words on rows of about `most` characters. */
export function wrapped(text: string, most: number): string[] {
  const rows: string[] = [];
  for (const word of text.split(" ")) {
    const last = rows.at(-1);
    if (last !== undefined && last.length + word.length < most) rows[rows.length - 1] = `${last} ${word}`;
    else rows.push(word);
  }
  return rows;
}
