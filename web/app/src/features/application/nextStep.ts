import type { Blocker } from "~/api/problem";
import type { Offer } from "~/api/types";

/** Events that end a file as lost ask for a reason; every other one carries it on. */
const carriesOn = (offer: Offer) => !offer.needs_reason;

/** Whether it is refused only because it is somebody else's to do. */
export const othersOnly = (offer: Offer) => !offer.enabled && (offer.blockers ?? []).length > 0 && (offer.blockers ?? []).every((b) => b.code === "role");

/**
 * A file's next step: the first event, in the template's order, that carries it on from where its work stands. It stays the
 * next step while something blocks it; a second one that happens to be open (sending a file back) does not take its place,
 * and what moves something beside the work (putting it on hold) is none.
 */
export function nextStep(offers: Offer[], state: string): Offer | null {
  const on = offers.filter((o) => carriesOn(o) && !o.to?.includes(state));
  return on.find((o) => !othersOnly(o)) ?? on[0] ?? null;
}

/** A submission's next step, when there is exactly one that is this person's to take. */
export function onlyStep(offers: Offer[]): Offer | null {
  const mine = offers.filter((o) => carriesOn(o) && !othersOnly(o));
  return mine.length === 1 ? mine[0]! : null;
}

export type Holding = { about: string | null; blockers: Blocker[] };

/** Blockers by the person or property they are about, in the order of first mention; what is about the file itself comes first. */
export function byAbout(blockers: Blocker[]): Holding[] {
  const groups = new Map<string | null, Blocker[]>([[null, []]]);
  for (const b of blockers) groups.set(b.subject, [...(groups.get(b.subject) ?? []), b]);
  return [...groups].map(([about, list]) => ({ about, blockers: list })).filter((g) => g.blockers.length > 0);
}
