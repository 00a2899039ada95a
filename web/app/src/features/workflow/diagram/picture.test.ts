import { expect, test } from "vitest";
import type { Diagram } from "~/api/types";
import { pictureOf, wrapped } from "./picture";

const words = { en: "", it: "" };
const state = (id: string, parent: string | null = null) => ({ id, kind: "atomic" as const, title: words, parent, initial: false, outcome: null, line: 1 });
const edge = (id: string, from: string, to: string[]) => ({ id, from, to, on: id, title: words, by: [], guards: [], otherwise: false, approvals: 0, line: 1 });
const drawn = (diagram: Diagram) => pictureOf(diagram).lines.map((l) => `${l.id}: ${l.carries.map((c) => `${c.transition.id}×${c.many}`).join(", ")}`);

test("transitions between the same states share a line, one that stays is in its box, one to nowhere is not drawn", () => {
  const diagram = { states: [state("a"), state("b")], transitions: [edge("go", "a", ["b"]), edge("also", "a", ["b"]), edge("stay", "a", []), edge("lost", "a", ["nowhere"])] };
  expect(drawn(diagram)).toEqual(["a>b: go×1, also×1"]);
  expect(pictureOf(diagram).boxes[0]!.stays.map((t) => t.id)).toEqual(["stay"]);
});

test("what leaves many states is drawn once, from what is around them", () => {
  const inside = ["a", "b", "c"].map((id) => state(id, "work"));
  const out = { states: [state("work"), ...inside, state("end")], transitions: ["a", "b", "c"].map((from) => edge("leave", from, ["end"])) };
  expect(drawn(out)).toEqual(["work>end: leave×3"]);
  expect(pictureOf(out).boxes.filter((b) => b.group).map((b) => b.id)).toEqual(["work"]);
});

test("not when it stays inside, nor when nothing is around them", () => {
  const inside = ["a", "b", "c", "d"].map((id) => state(id, "work"));
  expect(drawn({ states: [state("work"), ...inside], transitions: ["a", "b", "c"].map((from) => edge("on", from, ["d"])) })).toHaveLength(3);
  expect(drawn({ states: ["a", "b", "c", "d"].map((id) => state(id)), transitions: ["a", "b", "c"].map((from) => edge("on", from, ["d"])) })).toHaveLength(3);
});

test("an empty template is an empty picture", () => {
  expect(pictureOf({ states: null, transitions: null })).toEqual({ boxes: [], lines: [] });
});

test("long words of a line stand on several rows", () => {
  expect(wrapped("Apri la raccolta documenti", 18)).toEqual(["Apri la raccolta", "documenti"]);
  expect(wrapped("Eroga", 18)).toEqual(["Eroga"]);
});
