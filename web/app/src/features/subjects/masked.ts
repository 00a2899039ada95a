import type { Subject } from "~/api/types";

/** The permission to be shown each group that the server may mask. */
export const permissionOf = {
  incomes: "subjects.read_income",
  liabilities: "subjects.read_income",
  identity_documents: "subjects.read_identity",
  health: "subjects.read_health",
  legal: "subjects.read_legal",
} as const;

/** What a support view is never shown besides (api/support.go). */
export type Veiled = "employments";
export type Maskable = keyof typeof permissionOf;

/** Whether a group of a person's data is there for others only. */
export const isMasked = (subject: Pick<Subject, "masked">, group: Maskable) => subject.masked?.includes(group) ?? false;

/** Who may see what takes a permission: the active members with a role that has it. */
export function whoMaySee(permission: string, roles: { key: string; permissions: string[] | null }[], members: { name: string; roles: string[] | null; status: string }[]): string[] {
  const having = new Set(roles.filter((r) => r.permissions?.includes(permission)).map((r) => r.key));
  return members.filter((m) => m.status === "active" && (m.roles ?? []).some((r) => having.has(r))).map((m) => m.name);
}
