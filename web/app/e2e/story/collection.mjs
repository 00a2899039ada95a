// Steps 3, 4 and 5: what stops the file, how each reason is cleared, and who may let it go.
import { Board } from "./board.mjs";
import { becomes, same, sees } from "./check.mjs";
import { day } from "./file.mjs";
import { fullName, people } from "./opening.mjs";

const applicant = fullName(people.applicant);
const payslip = `Busta paga, ${applicant}`;
const beforeWork = /^(Documento d'identità|Informativa privacy|Modulo di adeguata verifica|Incarico di mediazione), /;

/** The broker uploads, the back office accepts one after the other: both have the file's documents open all the while. */
export async function settles(s, papers, issued, afterEach = async () => {}) {
  for (const what of papers) await s.at(s.broker).uploads(what);
  for (const what of papers) {
    await s.at(s.office).accepts(what, issued);
    await afterEach();
  }
}

/** Step 3: the mandate is signed, compliance assesses everybody, the first papers are accepted, the file goes on by the board's menu. */
export async function startsWork(s) {
  const file = s.at(s.broker);
  await file.opens();
  await file.takes("Conferisci l'incarico");
  await file.isIn("Incarico conferito");
  await s.broker.marksPage();
  await file.turnsTo("Documenti");
  await assesses(s);
  await becomes(() => file.reasons("La compliance").count(), 0, "reasons that wait for compliance, without a reload");
  await s.at(s.office).opens("documents");
  await settles(s, (await file.wants()).filter((what) => beforeWork.test(what)), day(-5));
  await file.isFree();
  same(await s.broker.wasReloaded(), false, "the broker reloaded the page");
  await s.broker.opens("Pratiche");
  const board = new Board(s.broker);
  await board.movesByMenu(s.title, "Raccolta documenti");
  await s.broker.confirms("Apri la raccolta documenti");
  await board.shows(s.title, "Raccolta documenti");
}

/** Compliance sets one profile on the person's own page, the others on the file's. */
async function assesses(s) {
  const { compliance } = s;
  const file = s.at(compliance);
  await file.opens("parties");
  const [first, ...others] = Object.values(people).map(fullName);
  for (const name of others) {
    const field = compliance.page.getByRole("combobox", { name: `Rischio AML, ${name}` });
    await compliance.picks(field, "Basso");
    await becomes(() => field.inputValue(), "Basso", `the risk of ${name}`);
  }
  await compliance.page.getByRole("tabpanel").getByRole("link", { name: first }).click();
  const risk = compliance.page.getByRole("region", { name: "Profilo di rischio" });
  await risk.getByRole("radiogroup").getByText("Basso", { exact: true }).click();
  await sees(risk.locator(".mantine-Badge-root").getByText("Basso"), `the risk of ${first}`);
}

/** Step 3: leaving collection is refused, with a reason for each missing paper, for a payslip that will have expired, for the loan to value. */
export async function isStopped(s) {
  const file = s.at(s.broker);
  await file.opens("documents");
  await s.broker.marksPage();
  await settles(s, [payslip], day(-55)); // good today, not on the planned day
  await file.rowIs(payslip, "Scade prima");
  const open = await file.wants();
  await file.holds(open.length + 1);
  same(await file.reasons("scade il").count(), 1, "reasons for a paper that expires");
  same(await file.reasons("scade il", applicant).filter({ hasText: "Busta paga" }).count(), 1, "reasons for the payslip");
  same(await file.reasons("LTV").count(), 1, "reasons for the loan to value");
  for (const what of open) {
    const [, kind, owner] = /^([^,]*), (.*)$/.exec(what);
    same(await file.reasons(kind, owner === s.number ? "La pratica" : owner).count(), 1, `reasons for ${what}`);
  }
  const refused = await file.isRefused("Dichiara completa");
  same(refused.length, open.length + 1, "reasons in the refusal");
  await s.broker.opens("Pratiche");
  const board = new Board(s.broker);
  await board.drags(s.title, "Controllo pratica");
  await becomes(() => s.broker.dialog.getByRole("listitem").count(), open.length + 1, "reasons when the card is dragged");
  await s.broker.confirms("Chiudi");
  await board.shows(s.title, "Raccolta documenti");
}

/** Step 4: the links beside the file lead to what they name; uploading, accepting and lowering the amount clear the reasons one by one. */
export async function clears(s) {
  const file = s.at(s.broker);
  await file.opens();
  await s.broker.marksPage();
  await sees(file.reasons("scade il"), "the reason for the payslip");
  let left = await file.counted();

  await file.follows("scade il", applicant, "Busta paga", applicant);
  await settles(s, [payslip], day(-5));
  await file.holds(--left);
  same(await file.reasons("scade il").count(), 0, "reasons for a paper that expires");

  const coApplicant = fullName(people.coApplicant);
  await file.follows("Busta paga", coApplicant, "Busta paga", coApplicant);
  await settles(s, await file.wants(), day(-5), () => file.holds(--left));

  same(left, 1, "reasons that are left");
  await file.follows("LTV", "La pratica", "LTV");
  await s.broker.button("Modifica").click();
  await s.broker.fills({ Importo: "150.000" });
  await s.broker.confirms("Salva");
  await file.isFree();
  same(await s.broker.wasReloaded(), false, "the broker reloaded the page");
}

/** Step 5: whoever declares the file complete does not release it; somebody else does. */
export async function isReleasedBySomebodyElse(s) {
  const [broker, office, admin] = [s.broker, s.office, s.admin].map(s.at);
  await broker.takes("Dichiara completa");
  await broker.isIn("Controllo pratica");
  await sees(broker.rail.getByText("«Rilascia» tocca ad altri"), "the broker is told that the release is not theirs");
  await office.isIn("Controllo pratica");
  await office.person.button("Altre azioni").click();
  await office.person.page.getByRole("menuitem", { name: "Rimanda alla raccolta" }).click();
  await office.person.fills({ "Cosa non va": "La dichiaro completa io" });
  await office.person.confirms("Rimanda alla raccolta");
  await office.takes("Dichiara completa");
  await office.isIn("Controllo pratica");
  same((await office.isRefused("Rilascia")).length, 1, "reasons why the preparer may not release");
  await admin.opens();
  await admin.takes("Rilascia");
  await admin.isIn("Pronta all'invio");
  await broker.isIn("Pronta all'invio");
}
