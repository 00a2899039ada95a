import { expect, test } from "vitest";
import type { Diagram } from "~/api/types";
import { begin, nobody, planOf, renamed, stands, unchosen } from "./plan";

const state = (id: string, kind: "atomic" | "final" | "compound" = "atomic", parent: string | null = null) => ({ id, kind, title: { en: id, it: id }, parent, initial: false, outcome: null, line: 1 });
const before: Diagram = { states: [state("work", "compound"), state("open", "atomic", "work"), state("waiting", "atomic", "work"), state("approved", "final", "work"), state("won", "final")], transitions: [] };
const after: Diagram = { states: [state("open"), state("review"), state("won", "final")], transitions: [] };

test("files stand in leaves that do not end them", () => {
  expect(stands(before).map((s) => s.id)).toEqual(["open", "waiting", "approved"]);
  expect(stands(null)).toEqual([]);
});

test("states of the same name are filled in, the others wait for a person", () => {
  const draft = begin(before, after);
  expect(draft.states).toEqual({ open: ["open"], waiting: [], approved: [] });
  expect(unchosen(draft.states)).toEqual(["waiting", "approved"]);
  expect(renamed(draft.states)).toEqual(["waiting", "approved"]);
});

test("the plan leaves out where nobody stands, and back-fills nobody finished", () => {
  const draft = begin(before, after);
  draft.states.waiting = ["review", "open"];
  draft.states.approved = [nobody];
  draft.facts = [{ id: "1", fact: " score ", value: "amount_cents / 100" }, { id: "2", fact: "x", value: "" }];
  expect(planOf(draft, 3)).toEqual({
    from: "3",
    states: { open: "open", waiting: ["review", "open"] },
    timers: "keep",
    approvals: "void",
    facts: [{ fact: "score", value: "amount_cents / 100" }],
  });
});
