/** The parts of a network's desk. */
export const networkTabs = ["agencies", "report", "support", "directory"] as const;
export type NetworkTab = (typeof networkTabs)[number];
