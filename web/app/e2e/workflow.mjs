// The settings of a workflow, by hand, with a real server: a guard is broken, found and mended; the text is tried on a real
// file, published with its differences shown, and the files in flight move; back, and again by the plan. Run it as an admin.
import assert from "node:assert/strict";
import { barriers, go, lines, openBrowser, openPage, signIn, target } from "./lib.mjs";

const { base, credentials } = target();
const browser = await openBrowser();
const storageState = await signIn(browser, base, credentials);
const { page, problems } = await openPage(browser, { storageState });

const read = async (path) => {
  const answer = await page.request.get(`${base}/api/v1${path}`);
  assert.ok(answer.ok(), `GET ${path}: ${answer.status()} ${await answer.text()}`);
  return answer.json();
};
const [original] = (await read("/workflows/mortgage/versions")).items;
const files = (await read("/applications?limit=100&open=true")).items;
const file = files.find((f) => f.state === "document_collection") ?? files[0];
assert.ok(file, "the agency has a file in flight");
const versionOf = async () => (await read(`/applications/${file.id}`)).workflow.version;

const editor = page.locator(".cm-content");
const finding = page.locator("li", { has: page.getByRole("button", { name: /^Riga \d+$/ }) });
const dialog = page.getByRole("dialog");
const tab = (name) => page.getByRole("tab", { name, exact: true }).click();
const jobDone = () => page.getByRole("status").getByText("Finito").waitFor({ timeout: 60_000 });

/** Nothing on the screen is out of anybody's reach. */
async function everybodyCanUseIt() {
  assert.deepEqual(lines(await barriers(page)), []);
}

/** Finds words in the text and types over them, as a person does. */
async function rewrite(before, after) {
  await editor.click();
  await page.keyboard.press("Control+f");
  await page.locator(".cm-search [name=search]").pressSequentially(before);
  await page.keyboard.press("Enter");
  await page.keyboard.press("Escape");
  await page.keyboard.insertText(after);
}

/** Puts another text in the place of all there is. */
async function paste(text) {
  await editor.click();
  await page.keyboard.press("Control+a");
  await editor.evaluate((el, words) => {
    const data = new DataTransfer();
    data.setData("text/plain", words);
    el.dispatchEvent(new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true }));
  }, text);
}

/** The same process with a state that is called otherwise and a higher limit. */
const next = original.source.replaceAll("mandated", "engaged").replace(/(max_dti_bps: .*default: )3500/, (_, before) => `${before}3550`);
assert.match(next, /default: 3550/, "the template has the limit that is changed");

const steps = {
  "the list leads to the template, its text and its picture": async () => {
    await go(page, `${base}/settings/workflows`);
    await page.getByRole("link", { name: "Pratica di finanziamento" }).click();
    await page.getByText("Nessun rilievo").waitFor();
    await page.locator("[data-state=file_check]").waitFor();
    assert.ok((await page.locator("[data-transition]").count()) > 8, "transitions are drawn");
    await page.getByText("Tutti i passaggi in tabella").click();
    await page.getByRole("cell", { name: "Dichiara completa" }).first().waitFor();
  },
  "a broken guard is found at its line and in the picture, and nothing can be published": async () => {
    await rewrite("params.max_dti_bps", "params.max_dty_bps");
    await finding.first().waitFor();
    await finding.first().getByText("max_dty_bps").first().waitFor();
    await page.locator(".cm-lint-marker-error").first().waitFor();
    await finding.first().hover();
    await page.locator("[data-transition~=t_declare_complete][data-lit]").waitFor();
    assert.ok(await page.getByRole("button", { name: "Pubblica", exact: true }).isDisabled());
    await everybodyCanUseIt();
  },
  "the finding leads to its line, where it is mended": async () => {
    await finding.first().getByRole("button").click();
    await page.waitForFunction(() => document.activeElement?.classList.contains("cm-content"));
    assert.match(await page.locator(".cm-activeLine").innerText(), /max_dty_bps/);
    await rewrite("params.max_dty_bps", "params.max_dti_bps");
    await page.getByText("Nessun rilievo").waitFor();
  },
  "the text is tried on a real file, and the file stays as it is": async () => {
    await paste(next);
    await page.getByText("Nessun rilievo").waitFor();
    await tab("Prova");
    const before = JSON.stringify(await read(`/applications/${file.id}`));
    await page.getByRole("combobox", { name: "Pratica", exact: true }).fill(file.number);
    await page.getByRole("option", { name: new RegExp(file.number) }).click();
    const declare = page.locator("[data-event=declare_complete]");
    await declare.getByText("fermo", { exact: true }).waitFor();
    await page.getByRole("textbox", { name: "ltv_bps" }).fill("95");
    await declare.getByText("L'LTV deve stare entro il limite").waitFor();
    await page.getByRole("textbox", { name: "ltv_bps" }).fill("60");
    await page.getByRole("textbox", { name: "dti_bps" }).fill("30");
    await page.getByRole("combobox", { name: "Cambia una risposta sui documenti" }).click();
    await page.getByRole("option", { name: "Tutti i documenti" }).click();
    await page.getByRole("combobox", { name: "Tutti i documenti" }).click();
    await page.getByRole("option", { name: "validi", exact: true }).click();
    await declare.getByText("possibile", { exact: true }).waitFor();
    await declare.getByRole("button", { name: /^Prova/ }).click();
    await declare.getByText("Succederebbe").waitFor();
    await declare.getByText("Controllo pratica").last().waitFor();
    await everybodyCanUseIt();
    await declare.getByRole("button", { name: "Continua da lì" }).click();
    await page.locator("[data-event=release]").waitFor();
    assert.equal(JSON.stringify(await read(`/applications/${file.id}`)), before);
  },
  "what changes is told by meaning": async () => {
    await tab("Confronta");
    await page.getByText(/max_dti_bps/).first().waitFor();
    await page.getByText(/3550/).first().waitFor();
  },
  "what the change would have done to the past is computed": async () => {
    await page.getByRole("button", { name: "Ripercorri il passato" }).click();
    await jobDone();
    await page.getByText("Pratiche che sarebbero andate diversamente").waitFor();
    await page.locator("tbody tr").first().waitFor();
    await everybodyCanUseIt();
  },
  "publishing shows the differences and asks what becomes of the files": async () => {
    await tab("Modifica");
    await page.getByRole("button", { name: "Pubblica", exact: true }).click();
    await dialog.getByText(/3550/).first().waitFor();
    const confirm = dialog.getByRole("button", { name: "Pubblica", exact: true });
    assert.ok(await confirm.isDisabled());
    await dialog.getByRole("radio", { name: "Si spostano adesso" }).click();
    await dialog.getByText("Scegli dove vanno le sue pratiche", { exact: true }).waitFor();
    assert.ok(await confirm.isDisabled(), "a state that is gone has to be mapped");
    await everybodyCanUseIt();
    await dialog.getByRole("combobox", { name: "Da «Incarico conferito» a" }).click();
    await page.getByRole("option", { name: "Incarico conferito" }).click();
    await page.keyboard.press("Escape");
    await confirm.click();
  },
  "the files move while somebody looks, and the file stands under the new version": async () => {
    await page.getByRole("heading", { level: 1, name: /^Spostamento dalla versione/ }).waitFor();
    await jobDone();
    await page.getByRole("link", { name: file.number }).waitFor();
    await everybodyCanUseIt();
    assert.equal(await versionOf(), original.version + 1);
    await go(page, `${base}/applications/${file.id}`);
    await page.getByText(`(versione ${original.version + 1})`).first().waitFor();
    const replay = await read(`/applications/${file.id}/replay`);
    assert.equal(replay.ok, true, JSON.stringify(replay));
  },
  "the move is taken back": async () => {
    await go(page, `${base}/settings/workflows/mortgage?tab=versions`);
    await page.getByRole("link", { name: /^Spostamento dalla versione/ }).first().click();
    await page.getByRole("button", { name: "Riporta indietro" }).click();
    await dialog.getByRole("button", { name: "Riporta indietro" }).click();
    await page.getByRole("heading", { level: 1, name: /^Ritorno dalla versione/ }).waitFor();
    await jobDone();
    assert.equal(await versionOf(), original.version);
  },
  "a plan is tried first, then it moves them again": async () => {
    await go(page, `${base}/settings/workflows/mortgage?tab=versions`);
    await page.getByRole("link", { name: `Sposta le pratiche della versione ${original.version}` }).click();
    const start = page.getByRole("button", { name: "Sposta le pratiche" });
    assert.ok(await start.isDisabled());
    await page.getByRole("combobox", { name: "Da «Incarico conferito» a" }).click();
    await page.getByRole("option", { name: "Incarico conferito" }).click();
    await page.keyboard.press("Escape");
    await page.getByRole("button", { name: "Prova senza spostare" }).click();
    await jobDone();
    await page.getByText("Che cosa succederebbe a ogni pratica").waitFor();
    assert.equal(await versionOf(), original.version, "a trial moves nothing");
    await everybodyCanUseIt();
    await start.click();
    await page.getByRole("heading", { level: 1, name: /^Spostamento dalla versione/ }).waitFor();
    await jobDone();
    assert.equal(await versionOf(), original.version + 1);
  },
  "the file says the way to a state": async () => {
    await go(page, `${base}/applications/${file.id}`);
    await page.getByRole("combobox", { name: "Dove arrivare?" }).click();
    await page.getByRole("option", { name: "In banca" }).click();
    await page.locator("ol li", { hasText: "Dichiara completa" }).waitFor();
    await everybodyCanUseIt();
  },
};

page.setDefaultTimeout(10_000);
let failed = 0;
for (const [what, step] of Object.entries(steps)) {
  try {
    await step();
    assert.deepEqual(problems, []);
    process.stdout.write(`ok    ${what}\n`);
  } catch (error) {
    failed += 1;
    process.stdout.write(`FAIL  ${what}\n      ${error.message.split("\n").slice(0, 8).join("\n      ")}\n`);
    if (process.env.OUT) await page.screenshot({ path: `${process.env.OUT}/workflow-failed-${failed}.png` });
    problems.length = 0;
  }
}
await browser.close();
process.exit(failed > 0 ? 1 : 0);
