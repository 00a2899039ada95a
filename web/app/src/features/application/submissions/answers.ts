import type { Application } from "~/api/types";
import type { Doc } from "../types";

/** Papers that can be sent: they have a content and were not turned down. Those of the kind that was asked for come first, the newest before. */
export function candidates(documents: Doc[], kind: string): Doc[] {
  const rank = (d: Doc) => (d.kind === kind ? 0 : 1);
  return documents
    .filter((d) => d.state === "accepted" || d.state === "uploaded")
    .sort((a, b) => rank(a) - rank(b) || b.created_at.localeCompare(a.created_at));
}

const ofProperty = ["preliminary_contract", "provenance_deed", "floor_plan", "cadastral_extract", "habitability", "energy_certificate", "appraisal"];
const ofFile = ["mandate", "esis_receipt", "notary_report", "approval_letter", "deed", "disbursement_evidence", "other"];

/** Whose a new paper of a kind most likely is: the first property's, the file's, or else the applicant's. "" is the file. */
export function ownerFor(file: Application, kind: string): string {
  if (ofProperty.includes(kind)) return file.properties?.[0]?.property_id ?? "";
  if (ofFile.includes(kind)) return "";
  const parties = file.parties ?? [];
  return (parties.find((p) => p.role_type === "applicant") ?? parties[0])?.subject_id ?? "";
}
