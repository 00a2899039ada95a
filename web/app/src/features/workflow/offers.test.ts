import { expect, test } from "vitest";
import { ProblemError } from "~/api/problem";
import type { Offer } from "~/api/types";
import { sendAgreed } from "./offers";

const offer = (event: string, to: string) => ({ event, to: [to], enabled: true }) as Offer;
const stale = () => new ProblemError({ type: "about:blank", title: "", status: 412, detail: "", code: "version.stale" });

/** A machine at a version, with one offer; it takes an event only under that version. */
function machine(version: number, items: Offer[]) {
  const sent: number[] = [];
  return {
    sent,
    read: () => Promise.resolve({ version, items }),
    send: (seen: number) => {
      sent.push(seen);
      return seen === version ? Promise.resolve("moved") : Promise.reject(stale());
    },
  };
}

test("an offer that stands as it was seen is sent once more under the new version", async () => {
  const m = machine(8, [offer("hold", "on_hold"), offer("answer", "in_review")]);
  expect(await sendAgreed(offer("answer", "in_review"), 7, m.send, m.read)).toBe("moved");
  expect(m.sent).toEqual([7, 8]);
});

test("what reads differently now, or is gone, is for the person to see", async () => {
  for (const items of [[offer("answer", "rejected")], [{ ...offer("answer", "in_review"), enabled: false }], []]) {
    const m = machine(8, items);
    await expect(sendAgreed(offer("answer", "in_review"), 7, m.send, m.read)).rejects.toMatchObject({ stale: true });
    expect(m.sent).toEqual([7]);
  }
});

test("another refusal is not repeated, and a version that moves on and on is not chased", async () => {
  const refused = new ProblemError({ type: "about:blank", title: "", status: 409, detail: "", code: "workflow.blocked" });
  let asked = 0;
  const read = () => Promise.resolve({ version: ++asked, items: [offer("answer", "in_review")] });
  await expect(sendAgreed(offer("answer", "in_review"), 7, () => Promise.reject(refused), read)).rejects.toBe(refused);
  expect(asked).toBe(0);
  await expect(sendAgreed(offer("answer", "in_review"), 7, () => Promise.reject(stale()), read)).rejects.toMatchObject({ stale: true });
  expect(asked).toBe(1);
});
