import type { FieldPath, FieldValues, UseFormSetError } from "react-hook-form";
import { isProblem } from "~/api/problem";
import { fieldSentence } from "./problemWords";

/**
 * Shows a problem's field errors at their fields: pointer `/addresses/0/city` is field `addresses.0.city`.
 * Returns what is left for the alert above the form: null when every error found its field.
 */
export function showAtFields<V extends FieldValues>(error: unknown, setError: UseFormSetError<V>, known: (path: string) => boolean): unknown {
  if (!isProblem(error) || error.fields.length === 0) return error;
  let left = false;
  error.fields.forEach((f, i) => {
    const path = f.pointer.slice(1).replace(/\//g, ".");
    if (known(path)) setError(path as FieldPath<V>, { type: "server", message: fieldSentence(error, f.message) }, { shouldFocus: i === 0 });
    else left = true;
  });
  return left ? error : null;
}
