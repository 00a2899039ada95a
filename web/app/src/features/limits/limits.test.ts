import { expect, test } from "vitest";
import { partOf, storage } from "./limits";

test("a limit of nothing is used up", () => expect([partOf({ used: 0, limit: 0 }), partOf({ used: 4, limit: 5 }), partOf({ used: 9, limit: null })]).toEqual([100, 80, null]));

test("storage is told in a unit that fits", () => expect([storage(0, "en"), storage(581_220, "it"), storage(50_000_000_000, "en")]).toEqual(["0 kB", "581,2 kB", "50 GB"]));
