import { expect, test } from "vitest";
import { keyOf } from "./keyOf";

test.each([
  ["Banca dell'Adda", "banca-dell-adda"],
  ["  Crédit Agricole (IT) ", "credit-agricole-it"],
  ["X", "lender-x"],
])("%s is %s", (name, key) => expect(keyOf(name)).toBe(key));
