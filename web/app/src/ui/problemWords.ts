import i18n from "i18next";
import type { ProblemError } from "~/api/problem";

const keyOf = (code: string) => `problem.code.${code.replace(/\./g, "_")}`;

/** A problem in the reader's language: our own sentence for its code where we have one, else what the server wrote. */
export function problemSentence(problem: ProblemError | null): string {
  if (!problem) return i18n.t("problem.code.internal");
  const key = keyOf(problem.code);
  const wait = problem.retryAfter ? ` ${i18n.t("problem.wait", { count: problem.retryAfter })}` : "";
  return (i18n.exists(key) ? i18n.t(key) : problem.problem.detail || problem.problem.title) + wait;
}

/** Codes whose sentence says only that something is wrong; the field's own message says what. */
const vague = ["input.invalid", "subject.invalid", "facts.invalid"];

/** What is shown at a wrong field. */
export function fieldSentence(problem: ProblemError, message: string): string {
  if (problem.code === "connection.config") return i18n.t("form.pattern"); // the server quotes its checker
  const precise = problem.fields.length === 1 && !vague.includes(problem.code) && i18n.exists(keyOf(problem.code));
  return precise ? problemSentence(problem) : message;
}
