// How people sign in, and who may do what, by hand with a real server: an app and its codes, a passkey, the confirmation before
// what is dangerous, an own role with a condition as its holder meets it, sessions that end, a network's bounds and quotas.
// Run it as an admin. BROKER and NETWORK are links of a broker of the same agency and of the network; AGE is an address that
// makes every proof eleven minutes old.
import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { barriers, go, lines, openBrowser, openPage, signIn, target } from "./lib.mjs";
import { eventually } from "./story/check.mjs";

const { base, credentials } = target();
const { AGE: age, BROKER: broker, NETWORK: network, OUT: out } = process.env;
const tokenOf = (link) => ({ token: link.includes("token=") ? new URL(link).searchParams.get("token") : link });
const browser = await openBrowser();
const password = "quattro parole che non c'entrano";
const unique = Date.now() % 1_000_000;

/** The code of RFC 6238 at an instant: HMAC-SHA-1 of the half minute, six digits cut out where its last nibble says. */
function totp(secret, at = Date.now()) {
  const bits = [...secret.replace(/\s/g, "")].map((c) => "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".indexOf(c).toString(2).padStart(5, "0")).join("");
  const key = Buffer.from(bits.match(/.{8}/g).map((byte) => Number.parseInt(byte, 2)));
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(at / 30_000)));
  const mac = createHmac("sha1", key).update(counter).digest();
  return String((mac.readUInt32BE(mac.at(-1) & 15) & 0x7fffffff) % 1_000_000).padStart(6, "0");
}
assert.equal(totp("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ", 59_000), "287082"); // the RFC's own example, its last six digits

const seen = [];
/** A person at a browser of their own. */
async function arrives(credentials) {
  const storageState = credentials ? await signIn(browser, base, credentials) : undefined;
  const { page, problems } = await openPage(browser, { storageState });
  page.setDefaultTimeout(8_000);
  seen.push(problems);
  const dialog = page.getByRole("dialog");
  return { page, dialog, press: (name, within = page) => within.getByRole("button", { name, exact: true }).click(), at: (path) => go(page, base + path) };
}

/** Nothing in the dialog, or on the page when none is open, is out of anybody's reach; axe.mjs looks at whole pages. */
async function reachable({ page }, name) {
  assert.deepEqual(lines(await barriers(page, { dialog: true })), [], name);
  if (!out) return;
  await mkdir(out, { recursive: true });
  await page.screenshot({ path: join(out, `${name}.png`) });
}

/** Makes an authenticator that the page's browser speaks with, and always finds its person's finger on it. */
async function authenticator({ page }) {
  const cdp = await page.context().newCDPSession(page);
  await cdp.send("WebAuthn.enable");
  await cdp.send("WebAuthn.addVirtualAuthenticator", {
    options: { protocol: "ctap2", transport: "internal", hasResidentKey: true, hasUserVerification: true, isUserVerified: true, automaticPresenceSimulation: true },
  });
}

/** Makes every proof too old, and waits until the server goes by it. */
async function grows({ page }) {
  await page.request.post(age);
  await eventually("the server wants a fresh proof", async () => (await page.request.post(`${base}/api/v1/me/passkeys/options`)).status() === 403);
}

/** Answers the question who it is with a password. */
async function confirms({ page, press }) {
  const asking = page.getByRole("dialog", { name: "Sei tu?" });
  await asking.waitFor();
  const byPassword = asking.getByText("Password", { exact: true }).first();
  if (await asking.getByRole("radiogroup").count()) await byPassword.click();
  await asking.getByLabel("Password", { exact: true }).and(page.locator("input[type=password]")).fill(password);
  await press("Conferma", asking);
  await asking.waitFor({ state: "hidden" });
}

const admin = await arrives(credentials);
const me = await (await admin.page.request.get(`${base}/api/v1/me`)).json();
const inRow = (who, text) => who.page.getByRole("row").filter({ hasText: text });
const role = { it: `Giovane ${unique}`, en: `Junior ${unique}` };
let secret = "";
let used = ""; // the code that confirmed the app: it counts once
let recovery = [];
let other; // the broker's browser
let holder; // the broker
let foreign; // a file that somebody else keeps

const steps = {
  "a password is chosen by a mailed link": async () => {
    await admin.at("/");
    await admin.press(`Menu di ${me.user.name}`);
    await admin.page.getByRole("menuitem", { name: "Sicurezza" }).click();
    await admin.page.getByText("Non impostata").waitFor();
    await admin.press("Mandami il link");
    await admin.page.getByText("Controlla la posta").waitFor();
    const reader = await arrives();
    const link = await eventually("the letter", async () => {
      await reader.page.goto(`${base}/dev/mail`);
      return (await reader.page.getByRole("article").filter({ hasText: me.user.email }).allInnerTexts()).map((text) => /http\S+\/reset\/\S+/.exec(text)?.[0]).find(Boolean);
    });
    await reader.page.goto(link);
    await reader.page.getByLabel("Nuova password", { exact: true }).fill(password);
    await reader.press("Salva la password");
    await reader.page.getByText("Password cambiata").waitFor();
    await reader.page.context().close();
  },
  "who has no second factor signs in by password alone": async () => {
    await admin.at("/login?next=%2Fsecurity");
    await admin.page.getByLabel("E-mail").fill(me.user.email);
    await admin.page.getByLabel("Password", { exact: true }).fill(password);
    await admin.press("Accedi");
    await admin.page.getByText("Impostata", { exact: true }).waitFor();
    await admin.page.getByText("Accesso · Password").first().waitFor();
  },
  "an app is set up: a wrong code is refused in words, a right one shows the recovery codes once": async () => {
    await admin.press("Configura un’app");
    await admin.dialog.getByAltText("Codice QR per l’app di autenticazione").waitFor();
    secret = await admin.dialog.getByTestId("secret").innerText();
    await admin.dialog.getByLabel("Codice dell’app").fill("000000");
    await admin.press("Attiva", admin.dialog);
    await admin.dialog.getByText("Il codice non è giusto").waitFor();
    clear(); // the browser logs the 422
    await reachable(admin, "app");
    used = totp(secret);
    await admin.dialog.getByLabel("Codice dell’app").fill(used);
    await admin.press("Attiva", admin.dialog);
    await admin.dialog.getByText("Conserva adesso questi codici").waitFor();
    recovery = (await admin.dialog.getByRole("listitem").allInnerTexts()).map((c) => c.trim());
    assert.equal(recovery.length, 10);
    await reachable(admin, "codes");
    const [file] = await Promise.all([admin.page.waitForEvent("download"), admin.press("Scarica", admin.dialog)]);
    assert.equal(await readFile(await file.path(), "utf8"), `${recovery.join("\n")}\n`);
    await admin.press("Li ho conservati", admin.dialog);
    await admin.page.getByText("Restano 10 codici di recupero").waitFor();
  },
  "a sign-in by password waits for a code; a recovery code counts once": async () => {
    const elsewhere = await arrives();
    const begins = async () => {
      await elsewhere.at("/login");
      await elsewhere.page.getByLabel("E-mail").fill(me.user.email);
      await elsewhere.page.getByLabel("Password", { exact: true }).fill(password);
      await elsewhere.press("Accedi");
      await elsewhere.page.getByRole("heading", { name: "Secondo passaggio" }).waitFor();
    };
    await begins();
    await reachable(elsewhere, "second-step");
    await elsewhere.page.getByLabel("Codice dell’app").fill("000000");
    await elsewhere.press("Accedi");
    await elsewhere.page.getByText("Prova il prossimo codice").waitFor();
    clear(); // the browser logs the 401
    let code = totp(secret);
    if (code === used) code = totp(secret, Date.now() + 30_000); // the clock of a telephone that is ahead
    await elsewhere.page.getByLabel("Codice dell’app").fill(code);
    await elsewhere.press("Accedi");
    await elsewhere.page.getByRole("heading", { level: 1, name: "Oggi" }).waitFor();
    await begins();
    await elsewhere.page.getByText("Codice di recupero", { exact: true }).click();
    await elsewhere.page.getByLabel("Codice di recupero", { exact: true }).and(elsewhere.page.locator("input[maxlength]")).fill(recovery[0]);
    await elsewhere.press("Accedi");
    await elsewhere.page.getByRole("heading", { level: 1, name: "Oggi" }).waitFor();
    await elsewhere.at("/security");
    await elsewhere.page.getByText("Restano 9 codici di recupero").waitFor();
    clear(); // a page in flight is told that its session is another now
    await elsewhere.page.context().close();
  },
  "the sessions elsewhere are seen, and end": async () => {
    await admin.at("/security");
    const sessions = admin.page.getByRole("region", { name: /^Sessioni aperte/ });
    const lines = sessions.getByRole("listitem");
    await sessions.getByText("con codice dell’app").waitFor();
    const before = await lines.count();
    await lines.filter({ hasText: "con codice di recupero" }).getByRole("button", { name: /^Termina/ }).click();
    await eventually("one session fewer", async () => (await lines.count()) === before - 1);
    await admin.press("Termina tutte le altre", sessions);
    await admin.press("Termina tutte le altre", admin.dialog);
    await admin.dialog.waitFor({ state: "hidden" });
    await eventually("one session", async () => (await lines.count()) === 1);
  },
  "a passkey is added, renamed, and signs in alone": async () => {
    await authenticator(admin);
    await admin.page.getByRole("button", { name: "Aggiungi una passkey" }).click();
    await admin.dialog.getByLabel("Nome").fill("Portatile");
    await admin.press("Continua", admin.dialog);
    await admin.dialog.waitFor({ state: "hidden" });
    await admin.press("Rinomina Portatile");
    await admin.dialog.getByLabel("Nome").fill("Scrivania");
    await admin.press("Salva", admin.dialog);
    await admin.page.getByRole("listitem").filter({ hasText: "Scrivania" }).waitFor();
    await admin.page.getByRole("button", { name: `Menu di ${me.user.name}` }).click();
    await admin.page.getByRole("menuitem", { name: "Esci" }).click();
    await admin.page.getByRole("heading", { name: "Accedi" }).waitFor();
    await admin.press("Accedi con una passkey");
    await admin.page.getByRole("heading", { level: 1, name: "Oggi" }).waitFor();
    clear(); // the browser logs the 401 of whoever is not signed in
  },
  "what is dangerous asks who it is; Escape leaves what was typed, the password goes on": async () => {
    await grows(admin);
    await admin.at("/settings/roles");
    await admin.press("Nuovo ruolo");
    await admin.dialog.getByLabel("Nome in italiano").fill(role.it);
    await admin.dialog.getByLabel("Nome in inglese").fill(role.en);
    await admin.dialog.getByRole("combobox", { name: "Parte da" }).or(admin.dialog.getByLabel("Parte da")).first().click();
    await admin.page.getByRole("option", { name: "Collaboratore" }).click();
    await admin.press("Crea il ruolo", admin.dialog);
    const asking = admin.page.getByRole("dialog", { name: "Sei tu?" });
    await asking.waitFor();
    await reachable(admin, "step-up");
    await admin.page.keyboard.press("Escape");
    await asking.waitFor({ state: "hidden" });
    await admin.dialog.getByText("Serve una conferma che sei tu").waitFor();
    assert.equal(await admin.dialog.getByLabel("Nome in italiano").inputValue(), role.it);
    await admin.press("Crea il ruolo", admin.dialog);
    await asking.getByText("Password", { exact: true }).click();
    await asking.locator("input[type=password]").fill("sbagliata");
    await admin.press("Conferma", asking);
    await asking.getByText("Questo non prova che sei tu").waitFor();
    await confirms(admin);
    await admin.page.getByRole("heading", { level: 1, name: role.it }).waitFor();
    clear(); // the browser logs the 403s
  },
  "a passkey confirms too": async () => {
    await grows(admin);
    await admin.at("/security");
    await admin.press("Crea nuovi codici");
    await admin.press("Crea nuovi codici", admin.dialog);
    await admin.press("Usa la passkey", admin.page.getByRole("dialog", { name: "Sei tu?" }));
    await admin.dialog.getByText("Conserva adesso questi codici").waitFor();
    await admin.press("Li ho conservati", admin.dialog);
    clear(); // the browser logs the 403
  },
  "the role gets a rule with a condition, said in words": async () => {
    await admin.at("/settings/roles");
    await admin.page.getByRole("link", { name: role.it }).click();
    await admin.page.getByRole("button", { name: /^Pratiche/ }).click();
    await admin.press("Aggiungi una regola: Vedere le pratiche");
    await admin.dialog.getByText("Vietato", { exact: true }).click();
    await admin.dialog.getByLabel("Tutte tranne alcune").check();
    await admin.press("Aggiungi", admin.dialog);
    await admin.dialog.getByText("Scegline almeno una").waitFor();
    await admin.dialog.getByLabel("Pratiche proprie").check();
    await reachable(admin, "rule");
    await admin.press("Aggiungi", admin.dialog);
    await admin.page.getByText("Vietato per tutte le pratiche tranne quelle proprie").waitFor();
    await admin.press("Salva");
    await admin.page.getByText("Salvato").waitFor();
  },
  "its holder sees their own files only, from the next request on": async () => {
    other = await arrives(tokenOf(broker));
    const count = async () => (await (await other.page.request.get(`${base}/api/v1/applications?limit=100`)).json()).items;
    const who = await (await other.page.request.get(`${base}/api/v1/me`)).json();
    const before = await count();
    const own = before.filter((f) => f.owner?.id === who.user.id);
    assert.ok(own.length > 0 && own.length < before.length, `the broker keeps some of the files: ${own.length} of ${before.length}`);
    await admin.at("/settings/members");
    await inRow(admin, who.user.email).getByRole("button", { name: /^Modifica/ }).click();
    await reachable(admin, "member");
    await admin.dialog.getByLabel("Filiale").fill("bari-centro");
    await admin.dialog.getByRole("combobox", { name: "Ruoli" }).press("ArrowDown");
    await admin.page.getByRole("option", { name: role.it }).click();
    await admin.page.getByRole("option", { name: "Collaboratore", exact: true }).click();
    await admin.page.keyboard.press("Escape");
    await admin.press("Salva", admin.dialog);
    await admin.dialog.waitFor({ state: "hidden" });
    await inRow(admin, who.user.email).getByText(role.it).waitFor();
    assert.deepEqual((await count()).map((f) => f.id).sort(), own.map((f) => f.id).sort());
    await other.at("/pipeline?view=list&all=true");
    foreign = before.find((f) => f.owner?.id !== who.user.id);
    holder = who.user;
  },
  "why? names the rule that decides": async () => {
    await admin.at("/settings/roles");
    const why = admin.page.getByRole("region", { name: "Perché?" });
    await why.getByLabel("Chi").click();
    await admin.page.getByRole("option", { name: holder.name }).click();
    await why.getByLabel("Che cosa fa").fill("Aprire e modificare");
    await admin.page.getByRole("option", { name: "Aprire e modificare pratiche" }).click();
    await why.getByRole("combobox", { name: "Pratica" }).fill(foreign.number);
    await admin.page.getByRole("option").filter({ hasText: foreign.number }).click();
    await admin.press("Chiedi", why);
    await why.getByText("non vede questa pratica").waitFor();
    await why.getByText("Vietato per tutte le pratiche tranne quelle proprie").first().waitFor();
    await reachable(admin, "why");
  },
  "a role that is used stays, and it is said why": async () => {
    await admin.page.getByRole("link", { name: role.it }).click();
    await admin.press("Elimina il ruolo");
    await admin.press("Elimina il ruolo", admin.dialog);
    await admin.dialog.getByText("usa ancora questo ruolo").waitFor();
    clear(); // the browser logs the 409
    await admin.press("Annulla", admin.dialog);
  },
  "a member's sessions end": async () => {
    await admin.at("/settings/members");
    await admin.press(`Termina le sessioni di ${holder.name}`);
    await admin.press("Termina le sessioni", admin.dialog);
    await admin.dialog.waitFor({ state: "hidden" });
    await other.page.goto(`${base}/subjects`);
    await other.page.getByRole("heading", { name: "Accedi" }).waitFor();
    clear(); // the browser logs the 401s
  },
  "an agency asks for a second factor: who has none adds one, and nothing else": async () => {
    await admin.at("/settings/agency");
    await admin.page.getByLabel("Secondo fattore obbligatorio").check();
    await admin.page.getByText("Salvato").waitFor();
    const late = await arrives(tokenOf(process.env.LATE));
    await late.page.goto(`${base}/pipeline`);
    await late.page.getByRole("heading", { name: "Ancora un passaggio" }).waitFor();
    await reachable(late, "enrol");
    await late.press("Configura un’app");
    const its = await late.dialog.getByTestId("secret").innerText();
    await late.dialog.getByLabel("Codice dell’app").fill(totp(its));
    await late.press("Attiva", late.dialog);
    await late.press("Li ho conservati", late.dialog);
    await late.page.getByRole("heading", { level: 1, name: "Oggi" }).waitFor();
    await admin.page.getByLabel("Secondo fattore obbligatorio").uncheck();
    clear();
  },
  "a network forbids, and the agency sees it and why": async () => {
    const desk = await arrives(tokenOf(network));
    await desk.at("/network");
    await desk.press("Poni un limite");
    await desk.dialog.getByLabel("Permesso").fill("Eliminare imm");
    await desk.page.getByRole("option", { name: "Eliminare immobili" }).click();
    await desk.dialog.getByLabel("Vietato").check();
    await reachable(desk, "bound");
    await desk.press("Poni il limite", desk.dialog);
    await desk.page.getByRole("listitem").filter({ hasText: "Eliminare immobili" }).waitFor();
    await admin.at("/settings/roles/broker");
    await admin.page.getByRole("button", { name: /^Immobili/ }).click();
    await admin.page.getByText("La rete lo vieta nelle sue agenzie").waitFor();
    await reachable(admin, "bounded");
    await inRow(desk, "Bari").getByRole("button", { name: /^Quote/ }).click();
    await desk.dialog.getByLabel("Persone").fill("2,5");
    await desk.press("Salva", desk.dialog);
    await desk.dialog.getByText("Scrivi un numero intero").waitFor();
    await desk.dialog.getByLabel("Persone").fill("50");
    await reachable(desk, "quotas");
    await desk.press("Salva", desk.dialog);
    await desk.dialog.waitFor({ state: "hidden" });
    await inRow(desk, "Bari").getByRole("button", { name: /^Quote/ }).click();
    assert.equal(await desk.dialog.getByLabel("Persone").inputValue(), "50");
    await desk.press("Annulla", desk.dialog);
    await desk.press("Togli il limite: Eliminare immobili");
    await desk.page.getByText("Le agenzie decidono liberamente").waitFor();
  },
};

/** Forgets what the browser wrote about answers that were meant to refuse. */
function clear() {
  for (const problems of seen) problems.length = 0;
}

let failed = 0;
for (const [what, step] of Object.entries(steps)) {
  const began = Date.now();
  try {
    await step();
    assert.deepEqual(seen.flat(), []);
    process.stdout.write(`ok    ${what} (${((Date.now() - began) / 1000).toFixed(1)} s)\n`);
  } catch (error) {
    failed += 1;
    if (out) await admin.page.screenshot({ path: join(out, `failed-${failed}.png`) });
    process.stdout.write(`FAIL  ${what}\n      ${error.message.split("\n").slice(0, 8).join("\n      ")}\n`);
    clear();
    break; // each step stands on the ones before
  }
}
await browser.close();
process.stdout.write(failed ? "a step failed\n" : `${Object.keys(steps).length} steps\n`);
process.exit(failed > 0 ? 1 : 0);
