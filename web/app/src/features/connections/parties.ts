/** Who is on the other side, as a word of operations.party. */
export type Party = "bank" | "identity" | "bureau" | "analysis" | "service";

const methods: Record<string, Party> = {
  StartVerification: "identity",
  CompleteVerification: "identity",
  GetEvidence: "identity",
  RequestReport: "bureau",
  GetReport: "bureau",
  AnalyseTransactions: "analysis",
  HandleCallback: "service",
  Poll: "service",
  Cancel: "service",
};

const capabilities: Record<string, Party> = { bank_portal: "bank", open_banking: "bank", identity: "identity", credit_bureau: "bureau", analysis: "analysis" };

/** Of an operation's method: banks, but for those of others. */
export const partyOfMethod = (method: string): Party => methods[method] ?? "bank";

/** Of a connector, by what it does first. */
export const partyOf = (c: { capabilities?: string[] | null } | undefined): Party => capabilities[c?.capabilities?.[0] ?? ""] ?? "service";
