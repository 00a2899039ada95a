// Others vouch, by clicks, with a real server and a real OpenID provider: the agency's provider is set up, refused in words, signed in
// by, made the only way in and removed; a narrowed key and a client are made and call; a network's directory has a token, offers
// an agency somebody whom its admin accepts, until the token is revoked. BASE_URL says where; ADMIN, BROKER and NETWORK are one-time links; ISSUER, CLIENT and SECRET are the provider's, and
// HAND/next?email=… says whom it signs in next, HAND/passwords makes sessions by link ones by password. With OUT, every view is kept as a picture.
import assert from "node:assert/strict";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { barriers, go, lines, openBrowser, openPage, signIn, walk } from "./lib.mjs";

const { BASE_URL: base, ISSUER: issuer, CLIENT: client, SECRET: secret, HAND: hand, OUT: out, ...env } = process.env;
const tokenOf = (link) => ({ token: link.includes("token=") ? new URL(link).searchParams.get("token") : link });
const browser = await openBrowser();
const seen = [];

/** Somebody at a browser of their own. */
async function arrives(link) {
  const { page, problems } = await openPage(browser, { storageState: link && (await signIn(browser, base, tokenOf(link))) });
  page.setDefaultTimeout(8_000);
  seen.push(problems);
  const dialog = page.getByRole("dialog");
  return { page, dialog, press: (name, within = page) => within.getByRole("button", { name, exact: true }).click(), at: (path) => go(page, base + path) };
}

/** Changes the colours, and waits until they have: half way there contrasts are neither's. */
async function turns({ page }, colorScheme) {
  await page.emulateMedia({ colorScheme });
  await page.locator(`html[data-mantine-color-scheme=${colorScheme}]`).waitFor();
  await page.waitForFunction(() => document.getAnimations().every((a) => a.playState !== "running"));
}

/** The same in both colour schemes. */
async function reachableBoth(who, name) {
  await reachable(who, name);
  await turns(who, "dark");
  await reachable(who, `${name}-dark`);
  await turns(who, "light");
}

/** Nothing in the dialog, or on the page when none is open, is out of anybody's reach. */
async function reachable({ page }, name) {
  assert.deepEqual(lines(await barriers(page, { dialog: true })), [], name);
  if (!out) return;
  await mkdir(out, { recursive: true });
  await page.screenshot({ path: join(out, `${name}.png`), fullPage: true });
}

const call = async (path, authorization, more = {}) => fetch(base + path, { ...more, headers: { authorization, ...more.headers } });
const signsIn = (email) => fetch(`${hand}/next?${new URLSearchParams({ email })}`);
const choose = async ({ page }, label, option) => {
  await page.getByRole("combobox", { name: label }).press("ArrowDown");
  await page.getByRole("option", { name: option, exact: true }).click();
};

const admin = await arrives(env.ADMIN);
const network = await arrives(env.NETWORK);
const broker = await arrives(env.BROKER);
const stranger = await arrives();
const me = await (await admin.page.request.get(`${base}/api/v1/me`)).json();
const domain = me.user.email.split("@")[1];
const section = admin.page.getByRole("region", { name: "Directory della rete" });
const inRow = (who, text) => who.page.getByRole("row").filter({ hasText: text });
let login; // the link for the agency's people
let directory; // what the network's directory does, by its token

/** The refusal on the sign-in page, past the bare page that says it first and leads there. */
async function onLogin(sentence) {
  await stranger.page.waitForURL(/\/login\?.*refused=/);
  await stranger.page.getByRole("alert").getByText(sentence).waitFor();
}

const steps = {
  "a provider is set up; what does not fit is said at its field": async () => {
    await admin.at("/settings/sign-in");
    await admin.page.getByText("Non configurato").waitFor();
    assert.equal(await admin.page.getByRole("textbox", { name: "Indirizzo di ritorno" }).inputValue(), `${base}/api/v1/auth/oidc/${me.agency.id}/callback`);
    await reachable(admin, "provider-none");
    const address = admin.page.getByRole("textbox", { name: /^Issuer/ });
    await address.fill("http://127.0.0.1:1");
    await admin.page.getByLabel(/^Client ID/).fill(client);
    await admin.page.getByRole("combobox", { name: /^Domini e-mail/ }).fill(domain);
    await admin.press("Salva");
    await admin.page.getByText("Campo obbligatorio").waitFor(); // the secret
    await admin.page.getByLabel(/^Client secret/).fill(secret);
    await admin.press("Salva");
    await admin.page.getByText(/^Il fornitore di identità non risponde/).waitFor();
    await address.fill(`${issuer}/`);
    await admin.press("Salva");
    await admin.page.getByText(/^Con questo indirizzo non si trova un fornitore/).waitFor();
    await reachable(admin, "provider-wrong");
    await address.fill(issuer);
    await admin.page.getByRole("radio", { name: /^Entra con il ruolo che dice/ }).check();
    await admin.page.getByLabel(/^Attributo/).fill("groups");
    await admin.press("Aggiungi un valore");
    await admin.page.getByLabel(/^Valore/).fill("consulenti");
    await choose(admin, "Ruolo", "Collaboratore");
    await reachable(admin, "provider-map");
    await admin.press("Salva");
    await admin.page.getByText("Attivo", { exact: true }).waitFor();
    assert.equal(await admin.page.getByLabel(/^Client secret/).inputValue(), "");
    login = await admin.page.getByRole("textbox", { name: /^Link di accesso/ }).inputValue();
    await reachable(admin, "provider");
  },
  "nobody makes it the only way in who has not come by it": async () => {
    const only = admin.page.getByRole("switch", { name: /^Solo con l’account/ });
    await only.check();
    await admin.press("Salva");
    await admin.page.getByText(/^Prima salva il fornitore senza questo/).waitFor();
    await admin.press("Annulla le modifiche");
  },
  "an answer to somebody else's question is refused in words": async () => {
    await stranger.page.goto(`${base}/api/v1/auth/oidc/${me.agency.id}/callback?state=${me.agency.id}.forged&code=x`);
    await onLogin(/^Questo accesso è scaduto, ha già avuto risposta/);
    await reachable(stranger, "login-refused");
  },
  "who the provider does not vouch for stays out, in words": async () => {
    await signsIn("qualcuno@altrove.example");
    await stranger.page.getByRole("link", { name: "Accedi con l’account aziendale" }).click();
    await onLogin(/^Il fornitore di identità non garantisce/);
  },
  "a member signs in by the provider, from the link, and the browser knows the button again": async () => {
    await stranger.page.goto(login);
    const button = stranger.page.getByRole("link", { name: "Accedi con l’account aziendale" });
    await button.waitFor();
    await reachable(stranger, "login");
    await signsIn(me.user.email);
    await button.click();
    await stranger.page.getByRole("navigation", { name: "Principale" }).waitFor();
    const now = await (await stranger.page.request.get(`${base}/api/v1/me`)).json();
    assert.deepEqual([now.user.id, now.agency.id], [me.user.id, me.agency.id]);
    await stranger.at("/security");
    await stranger.page.getByText("Sei entrato con l’account aziendale").waitFor();
    await reachable(stranger, "bound");
    await stranger.at("/login");
    await stranger.page.getByRole("link", { name: "Accedi con l’account aziendale" }).waitFor();
  },
  "who came by it makes it the only way in; the others find the way": async () => {
    await stranger.at("/settings/sign-in");
    await stranger.page.getByRole("switch", { name: /^Solo con l’account/ }).check();
    await stranger.press("Salva");
    await stranger.page.getByText("Unico modo di entrare").first().waitFor();
    await reachable(stranger, "provider-only");
    assert.ok((await fetch(`${hand}/passwords`)).ok);
    await broker.page.goto(base);
    await broker.page.getByRole("heading", { name: "In quale agenzia?" }).waitFor();
    await reachable(broker, "choose");
    await broker.press(me.agency.name);
    await broker.page.getByText("In questa agenzia si entra solo con l’account aziendale.").waitFor();
    await broker.page.getByRole("link", { name: "Accedi con l’account aziendale" }).waitFor();
  },
  "an account is forgotten, and a member's own name and e-mail are said to be theirs": async () => {
    await stranger.at("/settings/members");
    await stranger.page.getByRole("button", { name: `Modifica ${me.user.name}` }).click();
    await stranger.dialog.getByText(/^Nome ed e-mail non si cambiano qui/).waitFor();
    await stranger.press("Dimentica l’account", stranger.dialog);
    await stranger.page.getByText(/vale come il primo/).waitFor();
    await reachable(stranger, "member");
    await stranger.page.keyboard.press("Escape");
  },
  "the provider is removed": async () => {
    await stranger.at("/settings/sign-in");
    await stranger.press("Togli il fornitore");
    await stranger.dialog.getByText(/^Chi è arrivato solo con il fornitore/).waitFor();
    await reachable(stranger, "provider-remove");
    await stranger.press("Togli il fornitore", stranger.dialog);
    await stranger.page.getByText("Non configurato").waitFor();
  },
  "a key is narrowed to chosen actions, and shown once": async () => {
    await admin.at("/settings/api-keys");
    await admin.page.getByRole("button", { name: "Nuova chiave" }).first().click();
    await admin.dialog.getByLabel(/^Nome/).fill("Sito web");
    await admin.dialog.getByRole("combobox", { name: "Ruoli" }).press("ArrowDown");
    await admin.page.getByRole("option", { name: "Back office" }).click();
    await admin.page.keyboard.press("Escape"); // closes the list
    await admin.dialog.getByRole("switch", { name: /^Solo alcune azioni/ }).check();
    await admin.press("Crea la chiave", admin.dialog);
    await admin.dialog.getByText("Campo obbligatorio").waitFor();
    await admin.dialog.getByRole("combobox", { name: "Azioni" }).fill("vedere le prat");
    await admin.page.getByRole("option", { name: "Vedere le pratiche" }).click();
    await admin.page.keyboard.press("Escape"); // closes the list
    await reachable(admin, "key-new");
    await admin.press("Crea la chiave", admin.dialog);
    const key = await admin.dialog.getByTestId("secret").innerText();
    assert.match(key, /^prk_/);
    assert.ok(!(await admin.dialog.getByRole("textbox", { name: "Fare una richiesta" }).inputValue()).includes(key.slice(4)));
    await reachable(admin, "key-secret");
    await admin.dialog.getByRole("button", { name: "Chiudi" }).last().click();
    await inRow(admin, "Sito web").getByText("Solo: Vedere le pratiche").waitFor();
    assert.ok(!(await admin.page.content()).includes(key));
    assert.equal((await call("/api/v1/applications", `Bearer ${key}`)).status, 200);
    assert.equal((await call("/api/v1/subjects", `Bearer ${key}`)).status, 403);
    await reachable(admin, "keys");
  },
  "a client buys a token as its page says, until it is revoked": async () => {
    await admin.press("Nuova chiave");
    await admin.dialog.getByLabel(/^Nome/).fill("Gestionale");
    await admin.dialog.getByRole("radio", { name: /^Come client OAuth/ }).check();
    await admin.dialog.getByRole("combobox", { name: "Ruoli" }).press("ArrowDown");
    await admin.page.getByRole("option", { name: "Sola lettura" }).click();
    await admin.page.keyboard.press("Escape"); // closes the list
    await admin.press("Crea la chiave", admin.dialog);
    const bought = await admin.dialog.getByTestId("secret").innerText();
    const curl = await admin.dialog.getByRole("textbox", { name: "Ottenere un token" }).inputValue();
    const [, id, address] = /^curl -u "(key_\w+):\$PRATICA_SECRET" -d grant_type=client_credentials (\S+)$/.exec(curl);
    await reachable(admin, "client-secret");
    const answer = await fetch(address, { method: "POST", headers: { authorization: `Basic ${btoa(`${id}:${bought}`)}` }, body: new URLSearchParams({ grant_type: "client_credentials" }) });
    const { access_token: token } = await answer.json();
    assert.equal((await call("/api/v1/applications", `Bearer ${token}`)).status, 200);
    await admin.page.keyboard.press("Escape"); // does not lose a secret
    await admin.dialog.getByTestId("secret").waitFor();
    await admin.dialog.getByRole("button", { name: "Chiudi" }).last().click();
    await inRow(admin, "Gestionale").getByRole("button", { name: "Come si usa Gestionale" }).click();
    assert.equal(await admin.dialog.getByRole("textbox", { name: "Ottenere un token" }).inputValue(), curl);
    await reachable(admin, "client-use");
    await admin.dialog.getByRole("button", { name: "Chiudi" }).click();
    await inRow(admin, "Gestionale").getByRole("button", { name: "Revoca Gestionale" }).click();
    await admin.press("Revoca", admin.dialog);
    await inRow(admin, "Gestionale").waitFor({ state: "detached" });
    assert.equal((await call("/api/v1/applications", `Bearer ${token}`)).status, 401);
  },
  "a network's directory has a token, and speaks SCIM": async () => {
    await network.at("/network?tab=directory");
    await network.page.getByText("La directory non si è ancora collegata.").waitFor();
    await reachable(network, "directory-none");
    await network.page.getByRole("button", { name: "Nuovo token" }).first().click();
    await network.dialog.getByLabel(/^Nome/).fill("Entra ID");
    await reachable(network, "token-new");
    await network.press("Crea il token", network.dialog);
    const token = await network.dialog.getByTestId("secret").innerText();
    await reachable(network, "token-secret");
    await network.dialog.getByRole("button", { name: "Chiudi" }).last().click();
    const scim = await network.page.getByRole("textbox", { name: "Indirizzo SCIM" }).inputValue();
    directory = async (method, path, body) => {
      const answer = await fetch(scim + path, { method, headers: { authorization: `Bearer ${token}`, "content-type": "application/scim+json" }, body: body && JSON.stringify(body) });
      return { ...(await answer.json()), status: answer.status };
    };
    const people = await directory("GET", "/Users?count=1");
    assert.ok(people.totalResults > 1);
    await network.at("/network?tab=directory");
    await network.page.getByText(`Tiene ${people.totalResults} persone.`).waitFor();
    await inRow(network, "Entra ID").locator("time").first().waitFor();
    await reachable(network, "directory");
  },
  "whom the directory offers is nobody here until the admin accepts": async () => {
    await admin.at("/settings/sign-in");
    await section.getByText("Nessuna proposta in attesa").waitFor();
    await reachable(admin, "offers-none");
    await admin.at("/settings/members");
    const schemas = (of) => [`urn:ietf:params:scim:${of}`];
    for (const [userName, displayName] of [["elena.riva@nuova.test", "Elena Riva"], ["ugo.neri@nuova.test", "Ugo Neri"]]) {
      const { id } = await directory("POST", "/Users", { schemas: schemas("schemas:core:2.0:User"), userName, displayName });
      const put = await directory("PATCH", `/Groups/${me.agency.id}.broker`, { schemas: schemas("api:messages:2.0:PatchOp"), Operations: [{ op: "add", path: "members", value: [{ value: id }] }] });
      assert.equal(put.status, 200, JSON.stringify(put));
    }
    await admin.page.getByText("2 proposte della directory della rete attendono").waitFor(); // without loading the page again
    assert.equal(await inRow(admin, "Elena Riva").count(), 0);
    await reachable(admin, "offers-waiting");
    await admin.page.getByRole("link", { name: "Vedi le proposte" }).click();
    await section.getByText("elena.riva@nuova.test").waitFor();
    await reachableBoth(admin, "offers");
    await section.getByRole("button", { name: "Accetta la proposta per Elena Riva" }).click();
    await reachableBoth(admin, "offer-accept");
    await admin.press("Accetta", admin.dialog);
    await section.getByText("elena.riva@nuova.test").waitFor({ state: "detached" });
    await section.getByRole("button", { name: "Rifiuta la proposta per Ugo Neri" }).click();
    await admin.press("Rifiuta", admin.dialog);
    await section.getByText("Nessuna proposta in attesa").waitFor();
    await admin.at("/settings/members");
    await inRow(admin, "Elena Riva").getByText("Invitato").waitFor();
    assert.equal(await inRow(admin, "Ugo Neri").count(), 0);
  },
  "the agency lets what the directory gives count at once, and no longer": async () => {
    await admin.at("/settings/sign-in");
    const atOnce = section.getByRole("switch", { name: "Ciò che dà la directory vale subito" });
    const counts = async () => (await (await admin.page.request.get(`${base}/api/v1/agency`)).json()).accepts_directory;
    for (const yes of [true, false]) {
      await atOnce.click();
      await admin.page.getByText("Salvato").last().waitFor();
      await admin.page.waitForFunction((on) => document.querySelector("#directory [role=switch]:enabled")?.checked === on, yes);
      assert.equal(await counts(), yes);
    }
  },
  "the directory's token is revoked": async () => {
    await inRow(network, "Entra ID").getByRole("button", { name: "Revoca Entra ID" }).click();
    await network.press("Revoca", network.dialog);
    await network.page.getByText("Nessun token", { exact: true }).waitFor();
    assert.equal((await directory("GET", "/Users?count=1")).status, 401);
  },
  "whoever may not sees none of it": async () => {
    await broker.at("/settings/members");
    const bar = broker.page.getByRole("navigation", { name: "Impostazioni" });
    assert.equal(await bar.getByRole("link", { name: "Accesso aziendale" }).count(), 0);
    assert.equal(await bar.getByRole("link", { name: "Chiavi API" }).count(), 0);
  },
};

const code = await walk("federation", steps, {
  problems: () => seen.flatMap((problems) => problems.splice(0)),
  expected: /status of (4\d\d|503)/,
  failed: async (n) => {
    if (out) for (const [who, { page }] of Object.entries({ admin, network, broker, stranger })) await page.screenshot({ path: join(out, `failed-${n}-${who}.png`) });
  },
});
await browser.close();
process.exit(code);
