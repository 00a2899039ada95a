// Reads accounts at a bank that speaks the Berlin Group's NextGenPSD2.
"use strict";

const { createHash } = require("node:crypto");
const { Failure, NeedsUser } = require("./.pratica-sdk");

// requestID is the same for all attempts: the bank answers a request it knows as it did before.
function requestID(key) {
  const sum = createHash("sha256").update(key).digest();
  sum[6] = (sum[6] & 0x0f) | 0x40;
  sum[8] = (sum[8] & 0x3f) | 0x80;
  return sum.toString("hex").replace(/^(.{8})(.{4})(.{4})(.{4})(.{12}).*/, "$1-$2-$3-$4-$5");
}

const overdue = ["CONSENT_EXPIRED", "CONSENT_INVALID", "CONSENT_UNKNOWN"];

// ask is one exchange with the bank, under a consent where there is one. In the place of the token stands a handle: the platform puts the
// token in. Without PSU-IP-Address nobody waits, and the bank counts the read.
const ask = (call, consent, { path, header, ...request }) => call.ask({
  ...request, url: call.config.url, path: ["v1", ...path],
  header: { "PSU-IP-Address": call.user_ip, ...header, Authorization: "Bearer " + call.config.token, "X-Request-ID": requestID(call.idempotency_key), "Consent-ID": consent },
  judge(_, said) {
    const found = said?.tppMessages?.find((m) => overdue.includes(m.code));
    return found && new Failure({ kind: "consent_expired", code: "bank.consent", side_effect: "none", provider_code: found.code });
  },
});

const statuses = { received: "requested", partiallyAuthorised: "requested", valid: "valid", expired: "expired", rejected: "rejected", revokedByPsu: "revoked", terminatedByTpp: "revoked" };

// cents of an amount as the bank writes it, "-12.3".
function cents(amount) {
  const [, sign, whole, part] = /^(-?)(\d+)(?:\.(\d{1,2})0*)?$/.exec(amount) ?? [];
  if (whole === undefined) throw new Failure({ kind: "contract_drift", code: "bank.amount" });
  return (sign ? -1 : 1) * (Number(whole) * 100 + Number((part ?? "").padEnd(2, "0")));
}

async function getConsent(call, started) {
  const consents = [];
  for (const id of started.external_refs) {
    const got = await ask(call, "", { path: ["consents", id] });
    if (!statuses[got.consentStatus]) throw new Failure({ kind: "contract_drift", code: "bank.consent_status" });
    consents.push({ external_ref: id, status: statuses[got.consentStatus], valid_until: got.validUntil });
  }
  return { consents };
}

const first = (started) => started.external_refs[0] ?? ""; // one consent for all accounts, as startConsent asks for it

module.exports = {
  describe: {
    id: "acme", version: "0.1.0", title: "Acme", config_schema: require("./schema.json"), countries: ["IT"],
    egress: ["{url}"], // host and port of the setting url, and nothing else
    data_categories: ["accounts"],
  },

  openBanking: {
    // startConsent asks for one consent for all that the person chooses on the bank's page.
    async startConsent(call, order) {
      const named = order.ibans.map((iban) => ({ iban }));
      const access = named.length ? { accounts: named, balances: named, transactions: named } : { allPsd2: "allAccounts" };
      const got = await ask(call, "", {
        path: ["consents"],
        body: { access, recurringIndicator: true, validUntil: order.valid_until, frequencyPerDay: Math.max(1, order.reads_per_day), combinedServiceIndicator: false },
        header: { "TPP-Redirect-URI": order.return_url, "TPP-Redirect-Preferred": "true", "PSU-ID": order.user_id, "PSU-IP-Address": call.user_ip || "192.0.2.1" },
      });
      const page = got._links?.scaRedirect?.href;
      if (!got.consentId || !page) throw new Failure({ kind: "contract_drift", code: "bank.consent" });
      const consents = [{ external_ref: got.consentId, status: "requested", valid_until: order.valid_until, ibans: order.ibans }];
      throw new NeedsUser({ way: "redirect", url: page, payload: { consents } });
    },
    // completeConsent does not rely on what came back in the address: it asks the bank.
    completeConsent: getConsent,
    getConsent,
    async revokeConsent(call, started) {
      for (const id of started.external_refs) await ask(call, "", { method: "DELETE", path: ["consents", id] });
    },
    async fetchAccounts(call, started) {
      const out = [];
      for (const consent of started.external_refs) {
        const { accounts } = await ask(call, consent, { path: ["accounts"] });
        for (const a of accounts) out.push({ id: a.resourceId, external_ref: consent, iban: a.iban, currency: a.currency, name: a.name, type: a.cashAccountType, owner_name: a.ownerName });
      }
      return out;
    },
    async fetchBalances(call, started, account) {
      const { balances } = await ask(call, first(started), { path: ["accounts", account, "balances"] });
      return balances.map((b) => ({ type: b.balanceType, amount_cents: cents(b.balanceAmount.amount), currency: b.balanceAmount.currency, date: b.referenceDate }));
    },
    // fetchTransactions reads one page. The next one's query is what the bank's link says; where the link leads is not.
    async fetchTransactions(call, started, { account_id, from, to, page }) {
      const query = { bookingStatus: "booked", dateFrom: from, dateTo: to, ...Object.fromEntries(new URLSearchParams(page)) };
      const { transactions } = await ask(call, first(started), { path: ["accounts", account_id, "transactions"], query });
      const next = transactions._links?.next?.href;
      return {
        transactions: (transactions.booked ?? []).map((t) => ({
          id: t.transactionId, booked_on: t.bookingDate, value_on: t.valueDate, amount_cents: cents(t.transactionAmount.amount), currency: t.transactionAmount.currency,
          counterparty: t.creditorName ?? t.debtorName, counterparty_iban: t.creditorAccount?.iban ?? t.debtorAccount?.iban,
          text: t.remittanceInformationUnstructured, bank_code: t.bankTransactionCode,
        })),
        next_page: next && new URL(next, "https://bank.invalid").search.slice(1),
      };
    },
  },
};
