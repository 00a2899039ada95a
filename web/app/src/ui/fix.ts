/**
 * Where a blocker is cleared. The server says it in its own words (`form:ratios`, `document:payslip`,
 * `connector:bankportal`); this is the one place that knows which page that is.
 */

/** The tabs of a file's page. */
export const fileTabs = ["overview", "parties", "properties", "documents", "submissions", "history"] as const;
export type FileTab = (typeof fileTabs)[number];

/** What a file's page opens with: `edit` names the form, `kind` and `subject` the document that is wanted. */
export type FileSearch = { tab?: FileTab; edit?: "application" | "ratios" | "facts"; kind?: string; subject?: string; submission?: string };

export type FixRoute =
  | { to: "/applications/$id"; params: { id: string }; search: FileSearch }
  | { to: "/subjects/$id"; params: { id: string }; hash: "risk" }
  | { to: "/settings/lenders" }
  | { to: "/operations" };

/** What the blocker is about: the fact's name, and the subject, kind of document or submission where it names one. */
export type FixElements = { fact?: string; subject?: string | null; kind?: string | null; submission?: string | null };

const forms: Record<string, FileSearch> = {
  application: { tab: "overview", edit: "application" },
  ratios: { tab: "overview", edit: "ratios" },
  facts: { tab: "overview", edit: "facts" },
  parties: { tab: "parties" },
  properties: { tab: "properties" },
  documents: { tab: "documents" },
  submissions: { tab: "submissions" },
  submission: { tab: "submissions" },
  answers: { tab: "submissions" },
  consent: { tab: "documents" },
};

/** The page where a fix is done; null when nobody can do anything about it. */
export function fixRoute(fix: string, application: string, elements: FixElements = {}): FixRoute | null {
  const [kind, name = ""] = fix.split(":", 2);
  const file = (search: FileSearch): FixRoute => ({ to: "/applications/$id", params: { id: application }, search });
  switch (kind) {
    case "document":
      return file({ tab: "documents", kind: name, ...(elements.subject ? { subject: elements.subject } : {}) });
    case "connector":
      return { to: "/operations" };
    case "form":
      break;
    default:
      return null;
  }
  if (name === "lender") return { to: "/settings/lenders" };
  const fact = elements.fact?.replace(/^application\./, "");
  if (fact === "risk_profile") {
    return elements.subject ? { to: "/subjects/$id", params: { id: elements.subject }, hash: "risk" } : file({ tab: "parties" });
  }
  const search = forms[name] ?? forms.facts!; // a template may name a form of its own: its facts are all in one place
  return file(elements.submission && search.tab === "submissions" ? { ...search, submission: elements.submission } : search);
}
