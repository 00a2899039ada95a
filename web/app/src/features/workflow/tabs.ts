/** The parts of a template's page. */
export const workflowTabs = ["edit", "versions", "try", "compare"] as const;
export type WorkflowTab = (typeof workflowTabs)[number];
