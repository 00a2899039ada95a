// Somebody at a browser of their own.
import { openPage } from "../lib.mjs";
import { eventually, sees } from "./check.mjs";

const password = "una frase lunga e segreta";

export class Person {
  /** Opens a browser that nobody has signed in at. */
  static async arrives(browser, base, name) {
    const { page, problems } = await openPage(browser, {});
    page.setDefaultTimeout(15_000);
    return new Person(name, base, page, problems);
  }

  constructor(name, base, page, problems) {
    Object.assign(this, { name, base, page, problems });
    this.asked = new Set(); // what this person's pages read that names something
    page.on("request", (r) => {
      const path = new URL(r.url()).pathname;
      if (r.method() === "GET" && /^\/api\/v1\/.*\/[a-z]{3}_\w+/.test(path)) this.asked.add(path);
    });
  }

  get dialog() {
    return this.page.getByRole("dialog");
  }

  /** Opens an address by hand. */
  async visits(path) {
    await this.page.goto(new URL(path, this.base).href);
  }

  /** Follows the navigation at the left, then the settings' own. */
  async opens(entry, within) {
    await this.page.getByRole("navigation", { name: "Principale" }).getByRole("link", { name: entry, exact: true }).click();
    if (within) await this.page.getByRole("navigation", { name: "Impostazioni" }).getByRole("link", { name: within, exact: true }).click();
    await sees(this.page.getByRole("heading", { level: 1, name: within ?? entry, exact: true }), `${this.name}: the page ${within ?? entry}`);
  }

  button(name, options = { exact: true }) {
    return this.page.getByRole("button", { name, ...options });
  }

  /** A field of the dialog by its whole label, starred or not. */
  field(label) {
    return this.dialog.getByLabel(new RegExp(`^${label.replace(/[.()]/g, "\\$&")}(\\s?\\*)?$`)).and(this.page.locator("input, textarea"));
  }

  /** Fills fields by their labels: text is typed, `pick(…)` is chosen from a list. */
  async fills(fields) {
    for (const [label, value] of Object.entries(fields)) {
      const field = this.field(label);
      if (typeof value === "string") await field.fill(value);
      else await this.picks(field, value.option);
    }
  }

  /** Chooses from a list that opens under a field. */
  async picks(field, option) {
    await field.click();
    await this.page.getByRole("option", { name: option }).first().click();
  }

  /** Presses the dialog's button and waits until the dialog is gone. */
  async confirms(action) {
    await this.dialog.getByRole("button", { name: action, exact: true }).last().click(); // the first "Chiudi" is the cross
    await this.dialog.waitFor({ state: "hidden" }).catch(async (error) => {
      throw new Error(`${this.name}: «${action}» leaves a dialog open: ${(await this.dialog.allInnerTexts()).join(" ").replace(/\s+/g, " ")}`, { cause: error });
    });
  }

  /** Takes up a mailed invitation. */
  async accepts(link) {
    await this.visits(link);
    await this.page.getByLabel("Nome e cognome").fill(this.name);
    await this.page.getByLabel("Password", { exact: true }).fill(password);
    await this.button("Accetta l’invito").click();
    await sees(this.page.getByRole("heading", { level: 1, name: "Oggi" }), `${this.name} is in`);
  }

  /** Leaves a mark that a reload would wipe out. */
  async marksPage() {
    await this.page.evaluate(() => void (globalThis.marked = true));
  }

  wasReloaded() {
    return this.page.evaluate(() => globalThis.marked !== true);
  }
}

/** A choice in a form. */
export const pick = (option) => ({ option });

/** The newest letter to an address that has some words, as the page of outgoing mail shows it. */
export function letter(reader, email, words) {
  return eventually(`a letter to ${email} with ${words}`, async () => {
    await reader.visits("/dev/mail");
    for (const text of await reader.page.getByRole("article").filter({ hasText: email }).allInnerTexts()) {
      const found = words.exec(text);
      if (found) return found[0];
    }
    return null;
  });
}
