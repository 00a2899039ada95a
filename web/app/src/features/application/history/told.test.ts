import { expect, test } from "vitest";
import type { Step } from "../types";
import { lastWord, told } from "./told";

const step = (payload: unknown, reason = "") => ({ payload, reason }) as Step;

test("a reason code is a figure, a note is words", () => {
  expect(told(step({ reason_code: "ltv", note: "Troppo alto." }))).toEqual({ figures: [["reason_code", "ltv"]], words: ["Troppo alto."] });
});

test("nothing came with it", () => {
  expect(told(step(null))).toEqual({ figures: [], words: [] });
  expect(told(step({ note: " ", reference: "" }))).toEqual({ figures: [], words: [] });
});

test("the same words are not said twice", () => expect(told(step({ note: "Sì" }, "Sì")).words).toEqual(["Sì"]));

test("only the last step is a last word, and only when it says something", () => {
  expect(lastWord([step({ reference: "A 1" }), step({ reason_code: "income" })])).toBeNull();
  expect(lastWord([step({ reason_code: "income" }), step(null)])?.payload).toEqual({ reason_code: "income" });
  expect(lastWord([])).toBeNull();
});
