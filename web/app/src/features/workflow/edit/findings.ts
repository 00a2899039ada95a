import type { Diagram, Finding } from "~/api/types";
import { money, percent } from "~/ui/format";

/** The part of a finding's place before the colon, and the name behind it; a JSON pointer has no noun. */
export function placeOf(at: string): { noun: string | null; name: string } {
  const found = /^([a-z]+):(.+)$/.exec(at);
  return found ? { noun: found[1]!, name: found[2]! } : { noun: null, name: at };
}

/** The states and transitions of the picture that a finding is about. */
export function litBy(finding: Finding | null, diagram: Diagram | null): string[] {
  if (!finding || !diagram) return [];
  const { noun, name } = placeOf(finding.at);
  switch (noun) {
    case "state":
      return [name];
    case "transition":
      return [name];
    case "guard":
      return [...new Set((diagram.transitions ?? []).filter((t) => t.guards?.includes(name)).map((t) => t.id))];
    case "event":
      return [...new Set((diagram.transitions ?? []).filter((t) => t.on === name).map((t) => t.id))];
    default:
      return [];
  }
}

const rank: Record<string, number> = { error: 0, undecided: 1, warning: 2 };

/** What stands in the way of publishing first, then by line. */
export function inOrder(findings: Finding[]): Finding[] {
  return [...findings].sort((a, b) => (rank[a.severity] ?? 3) - (rank[b.severity] ?? 3) || a.line - b.line || a.column - b.column);
}

/** A fact's value as people read it; null is one nobody has given yet. */
export function factValue(name: string, value: unknown, language: string): string {
  if (value === null) return "—";
  if (typeof value === "number" && name.endsWith("_bps")) return percent(value, language);
  if (typeof value === "number" && name.endsWith("_cents")) return money(value, language);
  return typeof value === "string" ? value : JSON.stringify(value);
}
