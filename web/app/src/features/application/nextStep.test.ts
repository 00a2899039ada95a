import { expect, test } from "vitest";
import type { Blocker } from "~/api/problem";
import type { Offer } from "~/api/types";
import { byAbout, nextStep, onlyStep } from "./nextStep";

const words = { en: "", it: "" };
const blocker = (code: string, subject: string | null = null): Blocker => ({ code, subject, kind: null, guard: null, earliest: null, facts: [], text: words });
const offer = (event: string, more: Partial<Offer> = {}): Offer => ({
  event,
  title: words,
  enabled: true,
  needs_reason: false,
  limits: [],
  payload_schema: null,
  to: [],
  to_titles: [],
  blockers: null,
  ...more,
});

test("the first event that carries the file on is the next step, blocked or not", () => {
  const blocked = offer("declare_complete", { enabled: false, blockers: [blocker("guard_false")] });
  expect(nextStep([blocked, offer("return"), offer("withdraw", { needs_reason: true })], "collection")).toBe(blocked);
});

test("what is another role's to do gives way to what is one's own", () => {
  const theirs = offer("release", { enabled: false, blockers: [blocker("role")] });
  const mine = offer("return");
  expect(nextStep([theirs, mine], "check")).toBe(mine);
  expect(nextStep([theirs], "check")).toBe(theirs);
});

test("what leaves the work where it stands is no next step", () => {
  const hold = offer("hold", { to: ["check", "held"] });
  const theirs = offer("release", { enabled: false, to: ["ready"], blockers: [blocker("role")] });
  expect(nextStep([theirs, hold], "check")).toBe(theirs);
  expect(nextStep([hold], "check")).toBeNull();
});

test("a file that can only be lost has no next step", () => {
  expect(nextStep([offer("reject", { needs_reason: true })], "open")).toBeNull();
});

test("a submission's step is offered only when it is the only one", () => {
  const submit = offer("submit");
  expect(onlyStep([submit, offer("withdraw", { needs_reason: true })])).toBe(submit);
  expect(onlyStep([offer("request_info"), offer("income_approve")])).toBeNull();
});

test("blockers stand under whom they are about, the file's own first", () => {
  const list = [blocker("a", "sub_1"), blocker("b"), blocker("c", "sub_2"), blocker("d", "sub_1")];
  expect(byAbout(list).map((g) => [g.about, g.blockers.map((b) => b.code)])).toEqual([
    [null, ["b"]],
    ["sub_1", ["a", "d"]],
    ["sub_2", ["c"]],
  ]);
});
