/** The parts of a network's desk. */
export const networkTabs = ["agencies", "report", "support"] as const;
export type NetworkTab = (typeof networkTabs)[number];
