import { expect, test } from "vitest";
import type { Diagram, Finding } from "~/api/types";
import { factValue, inOrder, litBy, placeOf } from "./findings";

const finding = (at: string, severity = "error", line = 1): Finding => ({ at, severity, line, column: 1, code: "overlap", message: "", witness: null });
const words = { en: "", it: "" };
const edge = (id: string, on: string, guards: string[]) => ({ id, from: "a", to: ["b"], on, title: words, by: [], guards, otherwise: false, approvals: 0, line: 1 });
const diagram: Diagram = { states: [], transitions: [edge("t_a", "go", ["g_ltv"]), edge("t_a", "go", ["g_ltv"]), edge("t_b", "stop", ["g_ltv", "g_dti"])] };

test("a place has a noun and a name, or is a pointer", () => {
  expect(placeOf("transition:t_x")).toEqual({ noun: "transition", name: "t_x" });
  expect(placeOf("/events/submit")).toEqual({ noun: null, name: "/events/submit" });
});

test("a finding lights up what it is about, a guard every transition that has it", () => {
  expect(litBy(finding("state:a"), diagram)).toEqual(["a"]);
  expect(litBy(finding("guard:g_ltv"), diagram)).toEqual(["t_a", "t_b"]);
  expect(litBy(finding("event:stop"), diagram)).toEqual(["t_b"]);
  expect(litBy(finding("/facts"), diagram)).toEqual([]);
  expect(litBy(finding("state:a"), null)).toEqual([]);
});

test("errors come first, then by line", () => {
  const list = [finding("a", "warning", 1), finding("b", "error", 9), finding("c", "undecided", 3), finding("d", "error", 2)];
  expect(inOrder(list).map((f) => f.at)).toEqual(["d", "b", "c", "a"]);
});

test("facts are written as people read them", () => {
  expect(factValue("ltv_bps", 8001, "en")).toBe("80.01%");
  expect(factValue("amount_cents", 10_000_00, "en")).toBe("€10,000.00");
  expect(factValue("pep", true, "en")).toBe("true");
  expect(factValue("pep", null, "en")).toBe("—");
  expect(factValue("kind", "mortgage", "en")).toBe("mortgage");
});
