import type { FieldPath, FieldValues, UseFormSetError } from "react-hook-form";
import { type FieldProblem, isProblem, ProblemError } from "~/api/problem";
import { fieldSentence } from "./problemWords";

/**
 * Shows a problem's field errors at their fields: pointer `/addresses/0/city` is field `addresses.0.city`.
 * `under` is where the form stands in the body, such as `config.`.
 * Returns what is left for the alert above the form, without the errors that found their field: null when all did.
 */
export function showAtFields<V extends FieldValues>(error: unknown, setError: UseFormSetError<V>, known: (path: string) => boolean, under = ""): unknown {
  if (!isProblem(error) || error.fields.length === 0) return error;
  const left: FieldProblem[] = [];
  error.fields.forEach((f, i) => {
    const whole = f.pointer.slice(1).replace(/\//g, ".");
    const path = whole.startsWith(under) ? whole.slice(under.length) : "";
    if (known(path)) setError(path as FieldPath<V>, { type: "server", message: fieldSentence(error, f.message) }, { shouldFocus: i === 0 });
    else left.push(f);
  });
  return left.length > 0 ? new ProblemError({ ...error.problem, errors: left }, error.retryAfter) : null;
}
