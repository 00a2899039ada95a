import type { QueryClient } from "@tanstack/react-query";
import { createRootRouteWithContext, createRoute, createRouter, lazyRouteComponent, notFound, redirect, rootRouteId } from "@tanstack/react-router";
import { z } from "zod";
import { isProblem } from "~/api/problem";
import { networkTabs } from "~/features/network/tabs";
import { portalViews } from "~/features/portal/views";
import { workflowTabs } from "~/features/workflow/tabs";
import { fileTabs } from "~/ui/fix";
import { NotFound, RouteProblem, Waiting } from "./fallbacks";
import { meQuery } from "./session";

type Context = { client: QueryClient };

const root = createRootRouteWithContext<Context>()({ notFoundComponent: NotFound });

const text = z.string().optional().catch(undefined);

const login = createRoute({
  getParentRoute: () => root,
  path: "/login",
  validateSearch: z.object({ token: text, next: text, agency: z.string().regex(/^agn_\w{1,40}$/).optional().catch(undefined), refused: z.string().regex(/^[a-z_.]{1,60}$/).optional().catch(undefined) }),
  component: lazyRouteComponent(() => import("~/features/auth/LoginPage"), "LoginPage"),
});
const forgot = createRoute({ getParentRoute: () => root, path: "/forgot", component: lazyRouteComponent(() => import("~/features/auth/ForgotPage"), "ForgotPage") });
const reset = createRoute({ getParentRoute: () => root, path: "/reset/$token", component: lazyRouteComponent(() => import("~/features/auth/ResetPage"), "ResetPage") });
const invite = createRoute({ getParentRoute: () => root, path: "/invite/$token", component: lazyRouteComponent(() => import("~/features/auth/InvitePage"), "InvitePage") });

/** A person of an agency's files, who is no member of anything: a visit of their own, outside the workspace and its session. */
const portal = createRoute({
  getParentRoute: () => root,
  path: "/portal",
  validateSearch: z.object({ view: z.enum(portalViews).optional().catch(undefined) }),
  component: lazyRouteComponent(() => import("~/features/portal/PortalPage"), "PortalPage"),
});

/** Where somebody stands whose agency wants a second factor first; nobody else has business there. */
const enrol = createRoute({
  getParentRoute: () => root,
  path: "/enrol",
  beforeLoad: async ({ context }) => {
    const me = await context.client.ensureQueryData(meQuery).catch(() => null);
    if (!me) throw redirect({ to: "/login" });
    if (!me.must_enrol) throw redirect({ to: "/" });
  },
  component: lazyRouteComponent(() => import("~/features/security/EnrolPage"), "EnrolPage"),
});

/** Where somebody stands who is signed in and in no agency. */
const choose = createRoute({
  getParentRoute: () => root,
  path: "/agencies",
  beforeLoad: async ({ context }) => {
    const me = await context.client.ensureQueryData(meQuery).catch(() => null);
    if (!me) throw redirect({ to: "/login" });
    if (me.agency || me.network) throw redirect({ to: "/" });
  },
  component: lazyRouteComponent(() => import("~/features/federation/ChooseAgencyPage"), "ChooseAgencyPage"),
});

/** Everything below needs a session; without one the person signs in and comes back to where they wanted to be. */
const inside = createRoute({
  getParentRoute: () => root,
  id: "inside",
  beforeLoad: async ({ context, location }) => {
    try {
      const me = await context.client.ensureQueryData(meQuery);
      if (me.must_enrol) throw redirect({ to: "/enrol" });
      if (!me.agency && !me.network && me.agencies?.length) throw redirect({ to: "/agencies" });
      if (!me.agency && me.network && !/^\/(network|security)/.test(location.pathname)) throw redirect({ to: "/network" });
    } catch (error) {
      if (!isProblem(error) || error.status !== 401) throw error;
      throw redirect({ to: "/login", search: location.href === "/" ? {} : { next: location.href } });
    }
  },
  component: lazyRouteComponent(() => import("./Shell"), "Shell"),
});

const today = createRoute({ getParentRoute: () => inside, path: "/", component: lazyRouteComponent(() => import("~/features/today/TodayPage"), "TodayPage") });

const pipeline = createRoute({
  getParentRoute: () => inside,
  path: "/pipeline",
  validateSearch: z.object({
    view: z.enum(["board", "list"]).optional().catch(undefined),
    state: text,
    owner: text,
    q: text,
    all: z.boolean().optional().catch(undefined),
    blocked: z.boolean().optional().catch(undefined),
    stalled: z.boolean().optional().catch(undefined),
    new: z.boolean().optional().catch(undefined),
  }),
  component: lazyRouteComponent(() => import("~/features/pipeline/PipelinePage"), "PipelinePage"),
});

const application = createRoute({
  getParentRoute: () => inside,
  path: "/applications/$id",
  validateSearch: z.object({
    tab: z.enum(fileTabs).optional().catch(undefined),
    edit: z.enum(["application", "ratios", "facts"]).optional().catch(undefined),
    kind: text,
    subject: text,
    submission: text,
  }),
  component: lazyRouteComponent(() => import("~/features/application/ApplicationPage"), "ApplicationPage"),
});

const finding = z.object({ q: text, new: z.boolean().optional().catch(undefined) });
const subjects = createRoute({ getParentRoute: () => inside, path: "/subjects", validateSearch: finding, component: lazyRouteComponent(() => import("~/features/subjects/SubjectsPage"), "SubjectsPage") });
const subject = createRoute({ getParentRoute: () => inside, path: "/subjects/$id", component: lazyRouteComponent(() => import("~/features/subjects/SubjectPage"), "SubjectPage") });
const properties = createRoute({ getParentRoute: () => inside, path: "/properties", validateSearch: finding, component: lazyRouteComponent(() => import("~/features/properties/PropertiesPage"), "PropertiesPage") });
const property = createRoute({ getParentRoute: () => inside, path: "/properties/$id", component: lazyRouteComponent(() => import("~/features/properties/PropertyPage"), "PropertyPage") });

const operations = createRoute({
  getParentRoute: () => inside,
  path: "/operations",
  validateSearch: z.object({ state: text, submission: text }),
  component: lazyRouteComponent(() => import("~/features/operations/OperationsPage"), "OperationsPage"),
});
const network = createRoute({
  getParentRoute: () => inside,
  path: "/network",
  validateSearch: z.object({ tab: z.enum(networkTabs).optional().catch(undefined), from: text, to: text }),
  component: lazyRouteComponent(() => import("~/features/network/NetworkPage"), "NetworkPage"),
});

/** To whoever may not read suspicion reports their pages are addresses like any other where there is nothing. */
const secret = ({ context }: { context: Context }) => {
  if (!context.client.getQueryData(meQuery.queryKey)?.permissions?.includes("compliance.report")) throw notFound({ routeId: rootRouteId });
};
const suspicions = createRoute({
  getParentRoute: () => inside,
  path: "/compliance",
  beforeLoad: secret,
  validateSearch: z.object({ tab: z.enum(["trail"]).optional().catch(undefined), new: z.boolean().optional().catch(undefined) }),
  component: lazyRouteComponent(() => import("~/features/compliance/CompliancePage"), "CompliancePage"),
});
const suspicion = createRoute({ getParentRoute: () => inside, path: "/compliance/$id", beforeLoad: secret, component: lazyRouteComponent(() => import("~/features/compliance/ReportPage"), "ReportPage") });

const security = createRoute({ getParentRoute: () => inside, path: "/security", component: lazyRouteComponent(() => import("~/features/security/SecurityPage"), "SecurityPage") });

const settings = createRoute({ getParentRoute: () => inside, path: "/settings", component: lazyRouteComponent(() => import("~/features/settings/SettingsLayout"), "SettingsLayout") });
const settingsIndex = createRoute({
  getParentRoute: () => settings,
  path: "/",
  beforeLoad: () => {
    throw redirect({ to: "/settings/members" });
  },
});
const members = createRoute({ getParentRoute: () => settings, path: "/members", component: lazyRouteComponent(() => import("~/features/settings/MembersPage"), "MembersPage") });
const roles = createRoute({ getParentRoute: () => settings, path: "/roles", component: lazyRouteComponent(() => import("~/features/settings/RolesPage"), "RolesPage") });
const role = createRoute({ getParentRoute: () => settings, path: "/roles/$key", component: lazyRouteComponent(() => import("~/features/roles/RolePage"), "RolePage") });
const apiKeys = createRoute({ getParentRoute: () => settings, path: "/api-keys", component: lazyRouteComponent(() => import("~/features/settings/ApiKeysPage"), "ApiKeysPage") });
const agency = createRoute({ getParentRoute: () => settings, path: "/agency", component: lazyRouteComponent(() => import("~/features/settings/AgencyPage"), "AgencyPage") });
const calendar = createRoute({ getParentRoute: () => settings, path: "/calendar", component: lazyRouteComponent(() => import("~/features/settings/CalendarPage"), "CalendarPage") });
const limits = createRoute({ getParentRoute: () => settings, path: "/limits", component: lazyRouteComponent(() => import("~/features/limits/LimitsPage"), "LimitsPage") });
const agencyKeys = createRoute({ getParentRoute: () => settings, path: "/keys", component: lazyRouteComponent(() => import("~/features/keys/KeysPage"), "KeysPage") });
const support = createRoute({ getParentRoute: () => settings, path: "/support", component: lazyRouteComponent(() => import("~/features/support/SupportPage"), "SupportPage") });
const privacy = createRoute({
  getParentRoute: () => settings,
  path: "/privacy",
  validateSearch: z.object({ tab: text }),
  component: lazyRouteComponent(() => import("~/features/privacy/PrivacyPage"), "PrivacyPage"),
});
const erasure = createRoute({ getParentRoute: () => settings, path: "/privacy/$id", component: lazyRouteComponent(() => import("~/features/privacy/ErasurePage"), "ErasurePage") });
const audit = createRoute({
  getParentRoute: () => settings,
  path: "/audit",
  validateSearch: z.object({ actor: text, action: text, ref: text, from: text, to: text }),
  component: lazyRouteComponent(() => import("~/features/audit/AuditPage"), "AuditPage"),
});
const lenders = createRoute({ getParentRoute: () => settings, path: "/lenders", component: lazyRouteComponent(() => import("~/features/settings/LendersPage"), "LendersPage") });
const connections = createRoute({ getParentRoute: () => settings, path: "/connections", component: lazyRouteComponent(() => import("~/features/settings/ConnectionsPage"), "ConnectionsPage") });
const webhooks = createRoute({ getParentRoute: () => settings, path: "/webhooks", component: lazyRouteComponent(() => import("~/features/webhooks/WebhooksPage"), "WebhooksPage") });
const webhook = createRoute({ getParentRoute: () => settings, path: "/webhooks/$id", component: lazyRouteComponent(() => import("~/features/webhooks/EndpointPage"), "EndpointPage") });
const provider = createRoute({ getParentRoute: () => settings, path: "/sign-in", component: lazyRouteComponent(() => import("~/features/federation/ProviderPage"), "ProviderPage") });
const workflows = createRoute({ getParentRoute: () => settings, path: "/workflows", component: lazyRouteComponent(() => import("~/features/workflow/WorkflowsPage"), "WorkflowsPage") });
const workflow = createRoute({
  getParentRoute: () => settings,
  path: "/workflows/$key",
  validateSearch: z.object({ tab: z.enum(workflowTabs).optional().catch(undefined) }),
  component: lazyRouteComponent(() => import("~/features/workflow/WorkflowPage"), "WorkflowPage"),
});
const version = z.number().int().positive().optional().catch(undefined);
const migrate = createRoute({
  getParentRoute: () => settings,
  path: "/workflows/$key/migrate",
  validateSearch: z.object({ from: version, to: version }),
  component: lazyRouteComponent(() => import("~/features/workflow/migrate/MigratePage"), "MigratePage"),
});
const job = createRoute({ getParentRoute: () => settings, path: "/workflows/$key/jobs/$id", component: lazyRouteComponent(() => import("~/features/workflow/jobs/JobPage"), "JobPage") });

const tree = root.addChildren([
  login,
  forgot,
  reset,
  invite,
  portal,
  enrol,
  choose,
  inside.addChildren([
    today,
    pipeline,
    application,
    subjects,
    subject,
    properties,
    property,
    operations,
    network,
    security,
    suspicions,
    suspicion,
    settings.addChildren([settingsIndex, members, roles, role, apiKeys, provider, agency, calendar, limits, agencyKeys, support, privacy, erasure, audit, lenders, connections, webhooks, webhook, workflows, workflow, migrate, job]),
  ]),
]);

export function makeRouter(client: QueryClient) {
  return createRouter({
    routeTree: tree,
    context: { client },
    defaultPreload: "intent",
    defaultPreloadStaleTime: 0,
    scrollRestoration: true,
    defaultErrorComponent: RouteProblem,
    defaultPendingComponent: Waiting,
  });
}

declare module "@tanstack/react-router" {
  interface Register {
    router: ReturnType<typeof makeRouter>;
  }
}
