// Step 2: a file with an applicant, a co-applicant, a guarantor who is the applicant of another file, and two properties.
import { becomes, sees } from "./check.mjs";
import { day, FilePage } from "./file.mjs";
import { pick } from "./person.mjs";

export const people = {
  applicant: { last: "Rossi", first: "Mario", code: "RSSMRA85T10A562S", born: "1985-12-10", income: "2.600" },
  coApplicant: { last: "Bianchi", first: "Lucia", code: "BNCLCU90A41H501W", born: "1990-01-01", income: "1.900" },
  guarantor: { last: "Verdi", first: "Giuseppe", code: "VRDGPP78C15F205V", born: "1978-03-15", income: "2.500" },
};
export const fullName = ({ last, first }) => `${last} ${first}`;

/** The one who will guarantee is entered once, with work and income on their own page, and is the applicant of another file. */
export async function entersGuarantor(s) {
  const { broker } = s;
  const { guarantor } = people;
  await broker.opens("Anagrafiche");
  await broker.button("Nuova anagrafica").first().click();
  await broker.fills(identity(guarantor));
  await broker.dialog.getByRole("button", { name: "Aggiungi", exact: true }).click();
  await sees(broker.page.getByRole("heading", { level: 1, name: fullName(guarantor) }), "the guarantor's page");
  s.guarantor = new URL(broker.page.url()).pathname;
  await broker.button("Aggiungi un lavoro").click();
  await broker.button("Aggiungi un reddito").click();
  await broker.page.getByLabel("Netto mensile").fill(guarantor.income);
  await broker.button("Salva").click();
  await sees(broker.page.getByText("Salvato"), "the record is saved");
  s.other = await opensFile(s, "Verdi, bilocale", guarantor);
  await broker.visits(s.guarantor);
  await becomes(() => filesOf(broker).count(), 1, "files of the guarantor");
}

/** Nobody is entered twice: the same tax code is refused in words. */
export async function entersNobodyTwice(s) {
  const { broker } = s;
  await broker.opens("Anagrafiche");
  await broker.button("Nuova anagrafica").first().click();
  await broker.fills(identity(people.guarantor));
  await broker.dialog.getByRole("button", { name: "Aggiungi", exact: true }).click();
  await sees(broker.dialog.getByText("L’agenzia ha già un’anagrafica"), "the second record is refused");
  await broker.confirms("Annulla");
}

/** The file itself: two new people in place, the guarantor found by name, a home and its garage. */
export async function opensTheFile(s) {
  const { broker } = s;
  s.title = "Rossi e Bianchi, via Sparano";
  const id = await opensFile(s, s.title);
  s.file = `/applications/${id}`;
  s.at = (person) => new FilePage(person, id);
  const file = s.at(broker);
  s.number = /\d{4}-\d+/.exec(await broker.page.locator("main h1").locator("xpath=preceding-sibling::*").innerText())[0];
  await file.turnsTo("Persone");
  for (const who of [people.applicant, people.coApplicant]) {
    await broker.button("Aggiungi una persona").click();
    await broker.dialog.getByText("Nuova", { exact: true }).click();
    await broker.fills({ ...identity(who), "Netto mensile": who.income });
    await broker.confirms("Crea e aggiungi");
    await sees(broker.page.getByRole("tabpanel").getByRole("link", { name: fullName(who) }), `${who.last} takes part`);
  }
  await broker.button("Aggiungi una persona").click();
  await broker.fills({ Ruolo: pick("Garante") });
  await broker.field("Cerca per nome, codice fiscale o partita IVA").fill("verd");
  await broker.page.getByRole("option", { name: fullName(people.guarantor) }).click();
  await broker.confirms("Aggiungi una persona");
  await sees(broker.page.getByRole("listitem").filter({ hasText: fullName(people.guarantor) }).getByText("Garante"), "the guarantor takes part");
  await file.turnsTo("Immobili");
  for (const [purpose, kind, street, price] of [
    ["Da ipotecare", "Appartamento", "Via Sparano 1", "200.000"],
    ["Pertinenza", "Box", "Via Sparano 3", "20.000"],
  ]) {
    await broker.button("Aggiungi un immobile").click();
    await broker.fills({ Finalità: pick(purpose) });
    await broker.dialog.getByText("Nuovo", { exact: true }).click();
    await broker.fills({ Tipo: pick(kind), Prezzo: price, "Via e numero": street, Comune: "Bari", Provincia: "BA", CAP: "70121" });
    await broker.confirms("Crea e aggiungi");
    await sees(broker.page.getByRole("listitem").filter({ hasText: street }).getByText(purpose).first(), `${street} is part of the file`);
  }
  await file.isFree();
  await file.turnsTo("Persone");
  await broker.page.getByRole("tabpanel").getByRole("link", { name: fullName(people.guarantor) }).click();
  await becomes(() => filesOf(broker).count(), 2, "files of the guarantor, whose record is one");
}

const identity = ({ last, first, code, born }) => ({ Cognome: last, Nome: first, "Codice fiscale": code, "Data di nascita": born });

/** Opens a file by the dialog and gives its id. */
async function opensFile(s, title, applicant) {
  const { broker } = s;
  await broker.opens("Pratiche");
  await broker.button("Nuova pratica").first().click();
  if (applicant) {
    await broker.field("Richiedente").fill(applicant.last);
    await broker.page.getByRole("option", { name: fullName(applicant) }).click();
  }
  await broker.fills({ Titolo: title, Importo: "180.000", "Durata (anni)": "25", TAN: "3,5", "Invio previsto": day(10) });
  await broker.dialog.getByRole("button", { name: "Apri la pratica" }).click();
  await sees(broker.page.getByRole("heading", { level: 1, name: title }), `the page of ${title}`);
  return /app_\w+/.exec(broker.page.url())[0];
}

/** The files that the person's page on the screen lists. */
const filesOf = (person) => person.page.getByRole("region", { name: /^Pratiche/ }).getByRole("listitem");
