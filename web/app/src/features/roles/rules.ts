import type { TFunction } from "i18next";
import type { Role, Rule, Ruling, When } from "~/api/types";
import { money } from "~/ui/format";

/** The part of an action before its point. */
export const nounOf = (action: string) => action.slice(0, action.indexOf("."));

/** Actions in the order of their nouns: `[noun, its actions]`. */
export function byNoun<A extends { action: string }>(actions: A[]): [string, A[]][] {
  const groups = new Map<string, A[]>();
  for (const a of actions) groups.set(nounOf(a.action), [...(groups.get(nounOf(a.action)) ?? []), a]);
  return [...groups].sort(([a], [b]) => a.localeCompare(b));
}

/** What an action is, in words: "See files". */
export const doing = (t: TFunction, action: string) => t(`settings.does.${action.replace(".", "_")}`, { defaultValue: action });

/** What actions of a noun are about. */
export const nounWord = (t: TFunction, noun: string) => t(`roles.noun.${noun}`, { defaultValue: noun });

/** For which files a rule is, in words: "files that are one’s own and of at most €100,000"; "" for all. */
export function whenWords(t: TFunction, when: When | undefined | null, language: string): string {
  if (!when) return "";
  const parts = [
    ...(when.own ? [t("roles.own_files")] : []),
    ...(when.branch ? [t("roles.branch_files")] : []),
    ...(when.min_amount_cents ? [t("roles.from", { amount: money(when.min_amount_cents, language, { whole: when.min_amount_cents % 100 === 0 }) })] : []),
    ...(when.max_amount_cents ? [t("roles.up_to", { amount: money(when.max_amount_cents, language, { whole: when.max_amount_cents % 100 === 0 }) })] : []),
  ];
  const words = parts.join(t("roles.and"));
  return when.unless ? t("roles.all_but", { words }) : t("roles.only_files", { words });
}

/** A rule in words: "Allowed for files that are one’s own", "Denied". */
export function ruleWords(t: TFunction, rule: Pick<Rule | Ruling, "effect" | "when">, language: string): string {
  const files = whenWords(t, rule.when, language);
  const effect = t(`roles.effect.${rule.effect}`);
  return files ? t("roles.for_files", { effect, files }) : effect;
}

/** Whether two rules say the same of the same files. */
export const same = (a: Rule, b: Rule) => a.action === b.action && a.effect === b.effect && JSON.stringify(partsOf(a.when)) === JSON.stringify(partsOf(b.when));

const partsOf = (w?: When) => [!!w?.unless, !!w?.own, !!w?.branch, w?.min_amount_cents ?? null, w?.max_amount_cents ?? null];

/** Makes a rule's condition of what a form says; undefined for every file. */
export function whenOf(which: "all" | "only" | "but", parts: Omit<When, "unless">): When | undefined {
  if (which === "all") return undefined;
  const kept = Object.fromEntries(Object.entries(parts).filter(([, v]) => v));
  return which === "but" ? { unless: true, ...kept } : kept;
}

/** A role's key from its title: what the interface and policies call it. */
export function roleKeyOf(title: string): string {
  const key = title
    .normalize("NFD")
    .replace(/[\u0300-\u036f]/g, "")
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "_")
    .replace(/^[^a-z]+|_+$/g, "")
    .slice(0, 40);
  return key.length >= 2 ? key : `role_${key}`.replace(/_$/, "");
}

/** Roles that may be a role's parent: any but itself and those that build on it. */
export function parentsOf(roles: Role[], key: string): Role[] {
  const builds = (r: Role): boolean => {
    const parent = roles.find((p) => p.key === r.parent);
    return r.key === key || (parent !== undefined && builds(parent));
  };
  return roles.filter((r) => !builds(r));
}
