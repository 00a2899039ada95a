// What the story asserts: each waits until it is so, and says in words what never came.
import assert from "node:assert/strict";

let made = 0;

/** How many assertions have held so far. */
export const assertions = () => made;

/** What is waited for comes. */
export async function comes(waiting, what) {
  try {
    await waiting;
  } catch (cause) {
    throw new Error(`never came: ${what}`, { cause });
  }
  made += 1;
}

/** Something comes into view. */
export const sees = (locator, what, timeout) => comes(locator.first().waitFor({ timeout }), what);

/** What was read is what it should be. */
export function same(read, want, what) {
  assert.deepEqual(read, want, `${what}: ${JSON.stringify(read)}, want ${JSON.stringify(want)}`);
  made += 1;
}

/** What is read becomes what it should be. */
export async function becomes(read, want, what) {
  let last;
  await eventually(`${what}, want ${JSON.stringify(want)}`, async () => (last = await read()) === want, () => `, last ${JSON.stringify(last)}`);
  made += 1;
}

/** Asks until there is an answer; what happens between processes takes its time. */
export async function eventually(what, ask, more = () => "") {
  for (const until = Date.now() + 90_000; Date.now() < until; ) {
    const answer = await ask();
    if (answer) return answer;
    await new Promise((again) => setTimeout(again, 50));
  }
  throw new Error(`never came: ${what}${more()}`);
}
