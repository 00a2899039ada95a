import type { components } from "./schema";

type Schemas = components["schemas"];

/** The description cannot say that an object may be null; these may. */
type OrNull<T, K extends keyof T> = Omit<T, K> & { [P in K]: T[P] | null };

/** Words in both languages, as workflow templates carry them. */
export type Text = Schemas["WorkflowText"];

export type Me = OrNull<Schemas["Me"], "agency" | "network">;
export type Place = Schemas["MePlace"];
export type Application = OrNull<Schemas["ApplicationsApplication"], "blocked" | "stalled" | "submission_breaches">;
export type Card = OrNull<Schemas["ApplicationsCard"], "blocked" | "stalled" | "submission_breaches">;
export type Stalled = Schemas["ApplicationsStalled"];
export type Column = Omit<Schemas["ApplicationsColumn"], "items"> & { items: Card[] | null };
export type Board = { columns: Column[] | null };
export type Offer = Omit<Schemas["ApplicationsOffer"], "payload_schema" | "for"> & { payload_schema: JsonSchema | null; for?: Schemas["ApplicationsPerson"] | null };
export type Offers = { version: number; items: Offer[] | null };
export type Moved = Schemas["ApplicationsMoved"];
export type Task = OrNull<Schemas["ApplicationsTask"], "assignee">;
export type Subject = Schemas["SubjectsSubject"];
export type SubjectData = Schemas["SubjectsData"];
export type Property = Schemas["PropertiesProperty"];
export type PropertyData = Schemas["PropertiesData"];
export type Lender = OrNull<Schemas["ProductsLender"], "connection">;
export type Product = Schemas["ProductsProduct"];
export type Connector = Omit<Schemas["ConnectorsConnector"], "config_schema"> & { config_schema: JsonSchema | null };
export type Connection = OrNull<Schemas["ConnectorsConnection"], "stopped" | "condition">;
export type ConnectionDetail = OrNull<Schemas["ConnectorsConnectionDetail"], "stopped" | "condition">;
export type Operation = OrNull<Schemas["ConnectorsOperation"], "error" | "user_message">;
/** The day is absent while nobody stands in. */
export type Member = Omit<Schemas["TenantsMember"], "delegate_until"> & { delegate_until: string | null };
export type Role = Schemas["TenantsRole"];
export type Rule = Schemas["TenantsRule"];
/** Which files a rule is about. */
export type When = Schemas["TenantsWhen"];
export type PolicyAction = Schemas["TenantsPolicyAction"];
export type Explanation = OrNull<Schemas["TenantsExplanation"], "rule">;
export type Ruling = Schemas["TenantsRuling"];
export type PolicyBounds = Schemas["TenantsPolicyBounds"];
export type PolicyBound = Schemas["TenantsPolicyBound"];
export type Quotas = Schemas["TenantsQuotas"];
/** A whole sign-in, or the factors it waits for. */
export type SignIn = Me | { second_factor: string[] };
export type Proof = Schemas["AccountsProof"];
export type Factors = Schemas["Factors"];
export type Passkey = Schemas["AccountsPasskey"];
export type Session = Schemas["AccountsSession"];
export type Attempt = Schemas["AccountsAttempt"];
export type AppSecret = Schemas["AccountsTOTPEnrolment"];
export type ApiKey = Schemas["TenantsAPIKey"];
export type NewApiKey = Schemas["TenantsNewAPIKey"];
/** The OpenID provider by which an agency's people sign in. */
export type IdentityProvider = Schemas["TenantsIdentityProvider"];
export type IdentityProviderInput = Schemas["TenantsIdentityProviderInput"];
/** What a network's own directory comes in by. */
export type Directory = Schemas["TenantsDirectory"];
/** Roles that the network's directory would give somebody, until the agency accepts. */
export type DirectoryOffer = Schemas["TenantsOffer"];
export type ScimToken = Schemas["TenantsScimToken"];
export type NewScimToken = Schemas["TenantsNewScimToken"];
export type Agency = Schemas["TenantsAgency"];
export type Calendar = Schemas["TenantsCalendar"];
export type CalendarDays = Schemas["TenantsCalendarDays"];
export type CalendarDay = Schemas["TenantsCalendarDay"];
export type AgencySummary = Schemas["TenantsAgencySummary"];
export type Finding = OrNull<Schemas["WorkflowFinding"], "witness">;
export type Certificate = Omit<Schemas["InstancesCertificate"], "findings"> & { findings: Finding[] | null };
export type TemplateVersion = Omit<Schemas["InstancesTemplateVersion"], "certificate"> & { certificate: Certificate | null };
export type Published = Omit<Schemas["InstancesPublished"], "certificate"> & { certificate: Certificate | null };
export type Diagram = Schemas["Diagram"];
/** What a check says, and a picture of what it is about. */
export type Report = Omit<Schemas["Checked"], "findings" | "diagram"> & { findings: Finding[] | null; diagram: Diagram | null };
/** One difference between two templates, in the words of the trade. */
export type Change = Schemas["DiffChange"];
export type Job = Schemas["JobsJob"];
export type JobItem = Schemas["JobsItem"];
export type Plan = Schemas["PlanPlan"];
export type Simulation = Schemas["SimulateBodyBody"];
export type Simulated = OrNull<Schemas["ApplicationsSimulated"], "result">;
export type SimulatedFact = Schemas["ApplicationsSimulatedFact"];
export type Submission = OrNull<Schemas["SubmissionsSubmission"], "operation" | "product">;
export type Hit = Schemas["SearchHit"];

/** The closed subset of JSON Schema that payloads and connector settings are written in. */
export type JsonSchema = {
  type?: "object" | "string" | "integer" | "number" | "boolean" | "array";
  title?: string | Text;
  description?: string | Text;
  properties?: Record<string, JsonSchema>;
  required?: string[];
  enum?: string[];
  format?: string;
  minimum?: number;
  maximum?: number;
  minLength?: number;
  maxLength?: number;
  pattern?: string;
  default?: unknown;
  "x-secret"?: boolean;
  "x-certificate"?: string;
  /** A connector's own words in both languages, where plain JSON Schema has one. */
  "x-title"?: Text;
  "x-help"?: Text;
};
