import i18n from "i18next";
import type { ProblemError } from "~/api/problem";

/** Where a code's sentence stands; of the nouns that are not there, one sentence says it for all that have none of their own. */
function keyOf(code: string): string {
  const key = `problem.code.${code.replace(/\./g, "_")}`;
  return code.endsWith(".not_found") && !i18n.exists(key) ? "problem.code.missing" : key;
}

/** A problem in the reader's language: our own sentence for its code where we have one, else what the server wrote. */
export function problemSentence(problem: ProblemError | null): string {
  if (!problem) return i18n.t("problem.code.internal");
  const key = keyOf(problem.code);
  const wait = problem.retryAfter ? ` ${i18n.t("problem.wait", { count: problem.retryAfter })}` : "";
  return (i18n.exists(key) ? i18n.t(key) : problem.problem.detail || problem.problem.title) + wait;
}

/** Codes whose sentence says only that something is wrong; the field's own message says what. */
const vague = ["input.invalid", "subject.invalid", "facts.invalid", "fact.value", "state.unknown"];

/** What is shown at a wrong field. */
export function fieldSentence(problem: ProblemError, message: string): string {
  if (problem.code === "connection.config") return i18n.t("form.pattern"); // the server quotes its checker
  const precise = problem.fields.length === 1 && !vague.includes(problem.code) && i18n.exists(keyOf(problem.code));
  return precise ? problemSentence(problem) : message;
}
