// Steps 9 and 10: agency B sees nothing of A's; A's history replays to the state it is in.
import { same, sees } from "./check.mjs";
import { people } from "./opening.mjs";

/** Step 9: B's broker and admin paste addresses of A's file, person and property, and search for what A knows. */
export async function staysInside(s) {
  for (const person of [s.brokerB, s.adminB]) {
    for (const path of [s.file, `${s.file}?tab=documents`, s.guarantor]) {
      await person.visits(path);
      await sees(person.page.getByRole("heading", { level: 1, name: "Pagina non trovata" }), `${person.name}: nothing at ${path}`);
    }
    for (const words of [people.applicant.last, people.guarantor.code, "Sparano", s.number]) {
      await person.page.getByRole("searchbox", { name: "Cerca persone, immobili e pratiche" }).fill(words);
      await sees(person.page.getByText(`Nessun risultato per «${words}».`), `${person.name} finds nothing for ${words}`);
    }
  }
}

/** Step 9: whatever A's people read that names something is 404 for B's broker, admin and a key of B's. */
export async function answersNobodyElse(s) {
  const key = await makesKey(s.adminB);
  const paths = new Set([s.admin, s.broker, s.office, s.compliance].flatMap((p) => [...p.asked]));
  same(paths.size > 20, true, `A's people read ${paths.size} things by their ids`);
  const crossing = [];
  for (const path of paths) {
    const asks = { broker: s.brokerB.page.request.get(s.base + path), admin: s.adminB.page.request.get(s.base + path), key: s.stranger.get(s.base + path, { headers: { Authorization: `Bearer ${key}` } }) };
    for (const [who, answer] of Object.entries(asks)) if ((await answer).status() !== 404) crossing.push(`${path} gives B's ${who} ${(await answer).status()}`);
  }
  same(crossing, [], "what B gets of A's");
}

async function makesKey(admin) {
  await admin.opens("Impostazioni", "Chiavi API");
  await admin.button("Nuova chiave").first().click();
  await admin.fills({ Nome: "storia" });
  await admin.dialog.locator(".mantine-MultiSelect-input").click();
  await admin.page.getByRole("option", { name: "Collaboratore" }).click();
  await admin.page.keyboard.press("Escape");
  await admin.dialog.getByRole("button", { name: "Crea la chiave" }).click();
  await sees(admin.dialog.getByText("Copiala adesso"), "the secret that is seen once");
  const key = (await admin.dialog.locator("pre").innerText()).trim();
  await admin.confirms("Chiudi");
  return key;
}

/** Step 10: the history replays to the state the file is in. */
export async function replays(s) {
  const { broker } = s;
  const file = s.at(broker);
  await file.opens("history");
  await sees(broker.page.getByRole("tabpanel").getByText("Erogata"), "the last step of the history");
  await broker.button("Verifica la storia").click();
  await sees(broker.page.getByRole("status").filter({ hasText: "La storia torna" }), "the history replays");
}
