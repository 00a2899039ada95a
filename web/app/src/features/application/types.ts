import type { components } from "~/api/schema";
import type { Operation, Submission as Sent } from "~/api/types";

type Schemas = components["schemas"];

export type Party = Schemas["ApplicationsParty"];
export type Collateral = Schemas["ApplicationsCollateral"];
export type Ratios = Schemas["ApplicationsRatios"];
export type Payment = Schemas["ProductsPayment"];
/** A payload is null where nothing came with the event. */
export type Step = Omit<Schemas["ApplicationsStep"], "payload" | "for"> & { payload: Record<string, unknown> | null; for?: Schemas["ApplicationsPerson"] | null };
export type Requested = Schemas["SubmissionsRequest"];
export type Submission = Sent & { operation: Operation | null };

/** Days are absent where the paper says none. */
export type Doc = Omit<Schemas["DocumentsDocument"], "issued_on" | "expires_on"> & { issued_on: string | null; expires_on: string | null };
export type Item = Omit<Schemas["DocumentsItem"], "document" | "expires_on"> & { document: Doc | null; expires_on: string | null };
export type Checklist = Omit<Schemas["DocumentsList"], "items"> & { items: Item[] | null };
export type Fact = Omit<Schemas["ApplicationsFact"], "actor"> & { actor: Schemas["ApplicationsPerson"] | null };

/** Who or what a document is of, as the checklist names it. */
export type Owner = { type: "subject" | "property" | "file"; id: string; name: string };

/** A condition of the workflow that no longer holds. */
export type Breach = Schemas["InstancesBreach"];
