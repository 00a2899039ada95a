// The whole story by clicks: two agencies, a file from first contact to disbursement, two banks, and nothing seen from
// next door. BASE_URL and BANK_URL say where the product and its mock bank are, LOGIN is the network admin's one-time
// link or its token; what everybody saw when it went wrong is left in OUT, as pictures and words.
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { stripVTControlCharacters } from "node:util";
import { request } from "playwright-core";
import { openBrowser, target } from "./lib.mjs";
import * as agencies from "./story/agencies.mjs";
import * as banks from "./story/banks.mjs";
import { assertions } from "./story/check.mjs";
import * as collection from "./story/collection.mjs";
import * as ending from "./story/ending.mjs";
import * as opening from "./story/opening.mjs";
import { Person } from "./story/person.mjs";

const { base, credentials } = target();
const { BANK_URL: bank, OUT: out } = process.env;
if (!bank) {
  process.stderr.write("BANK_URL is missing: the box names the address of the mock bank\n");
  process.exit(2);
}

const steps = {
  "1  the network onboards two agencies": agencies.onboards,
  "1  their people come in by mailed invitations": agencies.invite,
  "1  agency A meets two banks": agencies.meetsBanks,
  "2  the guarantor is applicant of another file": opening.entersGuarantor,
  "2  nobody is entered twice": opening.entersNobodyTwice,
  "2  the file has three people and two properties": opening.opensTheFile,
  "3  due diligence comes before the work": collection.startsWork,
  "3  leaving collection is refused with its reasons": collection.isStopped,
  "4  uploads, decisions and a lower amount clear them": collection.clears,
  "5  the preparer may not release, another may": collection.isReleasedBySomebodyElse,
  "6  the file goes to two banks": banks.goesToTwoBanks,
  "6  one asks for a document, gets it and rejects": banks.isRejected,
  "6  the other approves through to the offer": banks.isOffered,
  "8  the guarantor of a file in flight stays": banks.keepsGuarantor,
  "   the same page in English": banks.speaksEnglish,
  "7  the file reaches disbursed": banks.isDisbursed,
  "9  agency B sees nothing of A's pages": ending.staysInside,
  "9  agency B gets nothing of what A's people read": ending.answersNobodyElse,
  "10 the history replays": ending.replays,
};

const browser = await openBrowser();
const run = Date.now().toString(36); // names and addresses of this run
const people = [];
const s = {
  base,
  bank,
  link: `/login?token=${credentials.token}`,
  stranger: await request.newContext(), // a program without a session
  agency: (which) => `Agenzia ${which} ${run}`,
  email: (account, which) => `${account}@${which.toLowerCase()}-${run}.example`,
  async arrives(name) {
    const person = await Person.arrives(browser, base, name);
    people.push(person);
    return person;
  },
};

/** What everybody had before their eyes when it went wrong. */
async function leavesTraces() {
  if (!out) return;
  await mkdir(out, { recursive: true });
  for (const { name, page } of people) {
    const file = join(out, name.toLowerCase().replace(/\W+/g, "-"));
    await page.screenshot({ path: `${file}.png` });
    await writeFile(`${file}.txt`, `${page.url()}\n\n${await page.locator("body").innerText()}\n`);
  }
}

let done = 0;
try {
  for (const [what, step] of Object.entries(steps)) {
    const began = Date.now();
    await step(s);
    for (const { name, problems } of people) {
      const bad = problems.splice(0).filter((p) => !/Failed to load resource: the server responded with a status of 4/.test(p));
      if (bad.length > 0) throw new Error(`${name}: ${bad.join("; ")}`);
    }
    done += 1;
    process.stdout.write(`ok    ${what} (${((Date.now() - began) / 1000).toFixed(1)} s)\n`);
  }
} catch (error) {
  await leavesTraces();
  const why = error.cause ? `\n${error.cause.message}` : "";
  process.stdout.write(`FAIL  ${Object.keys(steps)[done]}\n${stripVTControlCharacters(`${error.stack}${why}`).replace(/^/gm, "      ")}\n`);
  process.exitCode = 1;
}
await browser.close();
process.stdout.write(`story: ${done} steps, ${assertions()} assertions\n`);
