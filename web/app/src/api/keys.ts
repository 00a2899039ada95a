/**
 * Query keys begin with the topic the server announces changes under, so one change reaches everything that shows it:
 * `[topic, "list", …]`, `[topic, "one", id, …]` for what belongs to one thing of that topic, `[topic, "of", owner, …]`
 * for things of a topic that are listed under something else.
 */
export const topics = [
  "agency",
  "api_keys",
  "applications",
  "audit",
  "budget",
  "bank_consents",
  "connections",
  "credit_reports",
  "documents",
  "jobs",
  "lenders",
  "members",
  "networks",
  "notes",
  "operations",
  "properties",
  "roles",
  "subjects",
  "submissions",
  "support",
  "suspicions",
  "tasks",
  "webhooks",
  "verifications",
  "workflows",
] as const;

export type Topic = (typeof topics)[number];

/** Who is signed in: no topic, it changes only by what this person does. */
export const meKey = ["me"] as const;
export const keys = {
  list: (topic: Topic, ...rest: unknown[]) => [topic, "list", ...rest] as const,
  one: (topic: Topic, id: string, ...rest: unknown[]) => [topic, "one", id, ...rest] as const,
  of: (topic: Topic, owner: string, ...rest: unknown[]) => [topic, "of", owner, ...rest] as const,
  /** What shows things of several topics at once. */
  across: (topics: readonly Topic[], owner: string, ...rest: unknown[]) => [topics.join("+"), "of", owner, ...rest] as const,
};

/** Whether a query shows what a change is about. Who may look into the agency is told with who is signed in. */
export function shows(queryKey: readonly unknown[], topic: string, id: string): boolean {
  if (topic === "support" && queryKey[0] === meKey[0]) return true;
  return String(queryKey[0]).split("+").includes(topic) && (queryKey[1] !== "one" || queryKey[2] === id);
}
