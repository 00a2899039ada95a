/** What stands behind the first view of the portal. */
export const portalViews = ["me", "consents", "access", "rights"] as const;

export type PortalView = (typeof portalViews)[number];
