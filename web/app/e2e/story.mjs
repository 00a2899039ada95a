// The whole story by clicks: two agencies, a file from first contact to disbursement, two banks, and nothing seen from
// next door. BASE_URL and BANK_URL say where the product and its mock bank are, the first argument is the network
// admin's one-time link; what went wrong is left in OUT as pictures and words.
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { stripVTControlCharacters } from "node:util";
import { openBrowser } from "./lib.mjs";
import * as agencies from "./story/agencies.mjs";
import { assertions } from "./story/check.mjs";
import * as opening from "./story/opening.mjs";
import { Person } from "./story/person.mjs";

const [link] = process.argv.slice(2);
const { BASE_URL: base, BANK_URL: bank, OUT: out } = process.env;
if (!base || !bank || !link) {
  process.stderr.write("usage: BASE_URL=http://127.0.0.1:8080 BANK_URL=http://127.0.0.1:40000 node e2e/story.mjs <login link of the network admin>\n");
  process.exit(2);
}

const steps = {
  "1  the network onboards two agencies": agencies.onboards,
  "1  their people come in by mailed invitations": agencies.invite,
  "1  agency A meets two banks": agencies.meetsBanks,
  "2  the guarantor is applicant of another file": opening.entersGuarantor,
  "2  nobody is entered twice": opening.entersNobodyTwice,
  "2  the file has three people and two properties": opening.opensTheFile,
};

const browser = await openBrowser();
const run = Date.now().toString(36); // names and addresses of this run
const people = [];
const s = {
  base,
  bank,
  link,
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
