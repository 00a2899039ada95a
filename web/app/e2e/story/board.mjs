// The board, as one person has it open.
import { sees } from "./check.mjs";

export class Board {
  constructor(person) {
    Object.assign(this, { person, page: person.page });
  }

  column(state) {
    return this.page.getByRole("region", { name: state, exact: true });
  }

  card(title, state) {
    return (state ? this.column(state) : this.page).getByRole("article").filter({ hasText: title });
  }

  async shows(title, state) {
    await sees(this.card(title, state), `the card of ${title} under ${state}`);
  }

  /** Moves a card by its menu; the dialog that asks is left open. */
  async movesByMenu(title, state) {
    await this.card(title).getByRole("button", { name: `Sposta ${title}` }).click();
    await this.page.getByRole("menuitem", { name: state, exact: true }).click();
    await this.asks(state);
  }

  /** Pulls a card to a column; the dialog that asks is left open. */
  async drags(title, state) {
    const { mouse } = this.page;
    const from = await this.card(title).boundingBox();
    const to = await this.column(state).boundingBox();
    await mouse.move(from.x + 20, from.y + from.height - 10);
    await mouse.down();
    await mouse.move(to.x + to.width / 2, to.y + to.height / 2, { steps: 12 });
    await sees(this.column(state).and(this.page.locator("[data-over]")), `the column ${state} takes the card`);
    await mouse.up();
    await this.asks(state);
  }

  async asks(state) {
    await sees(this.page.getByRole("dialog", { name: `Sposta in «${state}»` }), `the dialog that moves to ${state}`);
  }
}
