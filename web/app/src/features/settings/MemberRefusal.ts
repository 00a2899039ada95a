import { isProblem } from "~/api/problem";
import { problemSentence } from "~/ui/problemWords";

/** Codes that are about the roles somebody was to get, or the last admin who was to lose them. */
const aboutRoles = ["role.beyond", "member.role", "member.last_admin"];

/** What to say at the roles; undefined when the refusal is about something else. */
export function roleRefusal(error: unknown): string | undefined {
  return isProblem(error) && aboutRoles.includes(error.code) ? problemSentence(error) : undefined;
}
