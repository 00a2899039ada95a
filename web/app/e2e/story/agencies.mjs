// Step 1: the network onboards two agencies; their people come in by mailed invitations; agency A meets its banks.
import { becomes, same, sees } from "./check.mjs";
import { letter, Person, pick } from "./person.mjs";
import { day } from "./file.mjs";

const banks = [
  { key: "aurora", name: "Banca Aurora" },
  { key: "borea", name: "Banco di Borea" },
];

/** The network's admin signs in by the one-time link and takes in A and B. */
export async function onboards(s) {
  s.network = await s.arrives("Rita Rete");
  await s.network.visits(s.link);
  await sees(s.network.page.getByRole("heading", { level: 2, name: "Agenzie" }), "the network's desk");
  const agencies = s.network.page.getByRole("table").getByRole("row");
  await sees(agencies, "the network's agencies");
  const before = await agencies.count();
  for (const which of ["A", "B"]) {
    await s.network.button("Nuova agenzia").click();
    await s.network.fills({ Agenzia: s.agency(which), Città: "Bari", "Nome dell’amministratore": "Ada", "E-mail dell’amministratore": s.email("admin", which) });
    await s.network.confirms("Crea e invita");
    await sees(agencies.filter({ hasText: s.agency(which) }), `${s.agency(which)} among the network's`);
  }
  same(await agencies.count(), before + 2, "agencies of the network");
}

/** Both admins come in; A's invites a broker, a back office and a compliance officer, B's a broker; those come in too. */
export async function invite(s) {
  s.admin = await comesIn(s, "Ada Adami", "admin", "A");
  s.adminB = await comesIn(s, "Bea Berti", "admin", "B");
  const staff = [
    { who: "broker", name: "Bruno Abate", account: "broker", role: "Collaboratore", agency: "A", by: s.admin },
    { who: "office", name: "Olga Amato", account: "office", role: "Back office", agency: "A", by: s.admin },
    { who: "compliance", name: "Carla Arena", account: "compliance", role: "Antiriciclaggio", agency: "A", by: s.admin },
    { who: "brokerB", name: "Boris Bassi", account: "broker", role: "Collaboratore", agency: "B", by: s.adminB },
  ];
  await s.admin.opens("Impostazioni", "Persone");
  await s.adminB.opens("Impostazioni", "Persone");
  for (const { name, account, role, agency, by } of staff) await invites(by, name, s.email(account, agency), role);
  for (const { who, name, account, agency } of staff) s[who] = await comesIn(s, name, account, agency);
  await becomes(() => s.admin.page.getByRole("row").getByText("Attivo", { exact: true }).count(), 4, "people at work in A, as the open page shows");
}

async function invites(admin, name, email, role) {
  await admin.button("Invita una persona").click();
  await admin.fills({ Nome: name, "E-mail": email });
  if (role !== "Collaboratore") { // which is proposed
    await admin.dialog.locator(".mantine-MultiSelect-input").click();
    for (const title of ["Collaboratore", role]) await admin.page.getByRole("option", { name: title }).click();
    await admin.page.keyboard.press("Escape");
  }
  await admin.confirms("Manda l’invito");
  const row = admin.page.getByRole("row").filter({ hasText: email }).filter({ hasText: role });
  await sees(row.getByText("Invitato"), `${name} is invited as ${role}`);
}

async function comesIn(s, name, account, agency) {
  const person = await s.arrives(name);
  await person.accepts(await letter(s.network, s.email(account, agency), /http\S+\/invite\/\S+/));
  await sees(person.page.getByRole("navigation").getByText(s.agency(agency)), `${name} works in ${s.agency(agency)}`);
  return person;
}

/** A's admin makes two lenders with a product each, and connects them by the form the connector describes. */
export async function meetsBanks(s) {
  const { admin } = s;
  await admin.opens("Impostazioni", "Banche e prodotti");
  for (const { name } of banks) {
    await admin.button("Nuova banca").first().click();
    await admin.fills({ Nome: name, "Convenzione dal": day(-30) });
    await admin.confirms("Aggiungi");
    await admin.button(`Aggiungi un prodotto a ${name}`).click();
    await admin.fills({ Nome: `Mutuo ${name}`, Tipo: pick("Mutuo ipotecario"), TAN: "3,5", "Durata massima (mesi)": "360", "Importo minimo": "50.000", "Importo massimo": "500.000" });
    await admin.confirms("Aggiungi");
    await sees(admin.page.getByRole("region", { name }).getByRole("cell", { name: `Mutuo ${name}` }), `the product of ${name}`);
  }
  await admin.opens("Impostazioni", "Connettori");
  for (const { key, name } of banks) {
    await admin.button("Collega tramite Portale della banca").click();
    await admin.fills({ Banca: pick(name), Nome: name, "Indirizzo del portale": new URL(key, s.bank).href, "Token di accesso": `demo-${key}` });
    await admin.confirms("Collega");
    await admin.button(`Prova ${name}`).click();
    await sees(admin.page.getByRole("listitem").filter({ hasText: name }).getByText("Funziona"), `${name} answers`);
  }
}
