import { expect, test } from "vitest";
import { type Inheriting, waitingBase, written } from "./base";

const version = (n: number, status: Inheriting["status"], base: number | null, next: number | null = null): Inheriting => ({ version: n, status, base: base === null ? null : { key: "loan", version: base }, new_base: next });

test("a newer base waits until the live version or a draft after it stands on it", () => {
  const waits = { key: "loan", from: 1, to: 3 };
  expect(waitingBase([version(1, "published", 1, 3)])).toEqual(waits);
  expect(waitingBase([version(2, "draft", 1, 3), version(1, "published", 1, 3)])).toEqual(waits);
  expect(waitingBase([version(2, "draft", 2, 3), version(1, "published", 1, 3)])).toEqual(waits);
  expect(waitingBase([version(2, "draft", 3), version(1, "published", 1, 3)])).toBeNull();
  expect(waitingBase([version(2, "published", 3), version(1, "published", 1, 3)])).toBeNull();
  expect(waitingBase([version(1, "published", null)])).toBeNull();
  expect(waitingBase([version(1, "draft", 1, 3)])).toBeNull();
});

test("an author works on the overlay, not on what it gives", () => {
  expect(written({ source: "a", overlay: "b" })).toBe("b");
  expect(written({ source: "a" })).toBe("a");
});
