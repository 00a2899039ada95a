import { expect, test, vi } from "vitest";
import { ProblemError } from "~/api/problem";
import { showAtFields } from "./form";

const problem = (...pointers: string[]) =>
  new ProblemError({ type: "", title: "", status: 422, detail: "", code: "input.invalid", errors: pointers.map((pointer) => ({ pointer, message: `wrong: ${pointer}` })) });

const known = (path: string) => path === "url" || path.startsWith("addresses.");

test("errors stand at their fields, and the alert keeps only the others", () => {
  const set = vi.fn();
  const left = showAtFields(problem("/url", "/addresses/0/city", "/else"), set, known);
  expect(set.mock.calls.map(([path]) => path)).toEqual(["url", "addresses.0.city"]);
  expect((left as ProblemError).fields.map((f) => f.pointer)).toEqual(["/else"]);
});

test("nothing is left when every error found its field", () => expect(showAtFields(problem("/url"), vi.fn(), known)).toBeNull());

test("a form may stand under a member of the body", () => {
  const set = vi.fn();
  const left = showAtFields(problem("/config/url", "/url", "/config/"), set, known, "config.");
  expect(set.mock.calls.map(([path]) => path)).toEqual(["url"]);
  expect((left as ProblemError).fields.map((f) => f.pointer)).toEqual(["/url", "/config/"]);
});
