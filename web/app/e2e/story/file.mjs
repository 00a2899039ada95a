// The page of a file, as one person has it open.
import { becomes, comes, sees } from "./check.mjs";
import { paper } from "./pdf.mjs";

export class FilePage {
  constructor(person, id) {
    Object.assign(this, { person, page: person.page, dialog: person.dialog, path: `/applications/${id}` });
    this.rail = this.page.locator("aside").last();
  }

  async opens(part = "overview") {
    await this.person.visits(`${this.path}?tab=${part}`);
    await this.page.getByRole("tab", { selected: true }).waitFor();
  }

  async turnsTo(tab) {
    await this.page.getByRole("tab", { name: tab }).click();
    await sees(this.page.getByRole("tab", { name: tab, selected: true }), `the part ${tab}`);
  }

  /** The state under the title. */
  async isIn(state, timeout) {
    await sees(this.page.locator("main h1 + *").getByText(state, { exact: true }), `${this.person.name} sees the file in ${state}`, timeout);
  }

  /** How many reasons hold the next step. */
  async holds(count) {
    await becomes(() => this.counted(), count, `${this.person.name}: reasons beside the file`);
  }

  /** Nothing holds the next step. */
  async isFree() {
    await sees(this.rail.getByText("Niente la ferma"), `${this.person.name}: nothing holds the file`);
  }

  async counted() {
    const [badge] = await this.rail.locator("[aria-live=polite]").allInnerTexts();
    return badge === undefined ? 0 : Number(badge);
  }

  /** The reasons with some words, of everybody or under one name. */
  reasons(words, under) {
    const sections = this.rail.locator("section section");
    return (under ? sections.filter({ has: this.page.getByRole("heading", { name: under, exact: true }) }) : sections).locator("li").filter({ hasText: words });
  }

  /** Follows a reason's link; what it names has the focus then. */
  async follows(words, under, ...names) {
    await this.reasons(words, under).first().getByRole("link").click();
    const landed = this.page.waitForFunction((all) => {
      const at = document.activeElement;
      const around = at?.closest("section")?.textContent ?? "";
      return at !== document.body && at?.id !== "main" && all.every((name) => at?.textContent.includes(name) || around.includes(name));
    }, names);
    await comes(landed, `the way from ${words} to ${names.join(", ")}`);
  }

  /** Takes the step the page, or a part of it, offers and confirms it. */
  async takes(event, within = this.page.locator("main")) {
    await within.getByRole("button", { name: event, exact: true }).first().click();
    await this.person.confirms(event);
  }

  /** Asks for a step that is refused and gives the reasons. */
  async isRefused(event) {
    await this.page.locator("main").getByRole("button", { name: event, exact: true }).first().click();
    await sees(this.dialog.getByText("Ora non è possibile. Serve ancora:"), `${event} is refused`);
    const reasons = await this.dialog.getByRole("listitem").allInnerTexts();
    await this.person.confirms("Chiudi");
    return reasons;
  }

  /** Uploads a small PDF by the row's own button, "Busta paga, Rossi Mario". The row grows when it is there: until then the next button may move. */
  async uploads(what) {
    const choosing = this.page.waitForEvent("filechooser");
    await this.page.getByRole("button", { name: `Carica ${what}`, exact: true }).click();
    await (await choosing).setFiles(paper(what));
    await sees(this.page.getByRole("button", { name: `Controlla ${what}`, exact: true }), `${what} is there`);
  }

  /** Looks at what was uploaded and accepts it, with the day it was issued on. */
  async accepts(what, issued) {
    await this.page.getByRole("button", { name: `Controlla ${what}`, exact: true }).click();
    await this.dialog.getByLabel("Rilasciato il").fill(issued);
    await this.person.confirms("Accetta");
  }

  /** What may be uploaded now: the rows that hold something up, or all. */
  async wants({ all = false } = {}) {
    await this.page.getByRole("radiogroup", { name: "Che cosa mostrare" }).getByText(all ? "Tutti" : "Da sistemare", { exact: true }).click();
    const buttons = this.page.getByRole("button", { name: /^Carica / });
    return (await buttons.evaluateAll((list) => list.map((b) => b.getAttribute("aria-label")))).map((label) => label.replace(/^Carica /, ""));
  }

  /** The card of the file's submission to a lender. */
  submission(lender) {
    return this.page.getByRole("region", { name: lender });
  }

  /** Where the submission to a lender stands. */
  async submissionIs(lender, state, timeout) {
    await sees(this.submission(lender).locator(".mantine-Badge-root").getByText(state, { exact: true }), `${lender} in ${state}`, timeout);
  }

  /** How a paper stands. */
  async rowIs(what, standing) {
    const [, kind, owner] = /^([^,]*), (.*)$/.exec(what);
    const row = this.page.getByRole("region", { name: owner }).locator("li").filter({ hasText: kind });
    await sees(row.getByText(standing, { exact: true }), `${what}: ${standing}`);
  }
}

/** A day so many days from today. */
export const day = (offset) => new Date(Date.now() + offset * 86_400_000).toISOString().slice(0, 10);
