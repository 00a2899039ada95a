import { expect, test } from "vitest";
import en from "~/i18n/en";
import { actions, wordOf } from "./actions";
import { asked, pageOf } from "./audit";

test("every action of the trail has words, and every word an action", () => {
  const words = Object.keys((en.audit as { action: object }).action).filter((key) => !key.startsWith("suspicion_"));
  expect(words.sort()).toEqual([...actions].map(wordOf).sort());
});

test("the last day asked for is part of what is asked for", () => {
  const { from, to } = asked({ from: "2026-03-01", to: "2026-03-01" });
  expect(new Date(to!).getTime() - new Date(from!).getTime()).toBe(86_400_000);
  expect(asked({ from: "2026-02-28", to: "" }).to).toBeUndefined();
});

test("only what has a page is linked", () => {
  expect(pageOf("app_01")).toEqual({ to: "/applications/$id", params: { id: "app_01" } });
  expect([pageOf("doc_01"), pageOf("")]).toEqual([null, null]);
});
