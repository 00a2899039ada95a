import { expect, test } from "vitest";
import type { Step } from "../types";
import { entries, moves } from "./steps";

const step = (sequence: number, event: string, outcome = "fired") => ({ sequence, event, outcome }) as Step;
const steps = [step(1, ""), step(2, "", "recorded"), step(3, "", "recorded"), step(4, "sign_mandate"), step(5, "", "recorded"), step(6, "release", "recorded")].reverse();

test("runs of changed data are one entry, the newest first", () => {
  const shape = entries(steps).map((e) => (e.kind === "step" ? e.step.sequence : e.steps.map((s) => s.sequence)));
  expect(shape).toEqual([6, [5], 4, [3, 2], 1]);
});

test("the short timeline has what led somewhere", () => expect(moves(steps).map((s) => s.sequence)).toEqual([4, 1]));
