import type { Connector } from "~/api/types";

type Capable = Pick<Connector, "capabilities">;

/** Whether a connection of it is one lender's: its files go there. The others are about people, whichever the lender. */
export const reachesLenders = (c: Capable): boolean => c.capabilities?.includes("bank_portal") ?? false;

/** Whether there is anything to connect to: who only analyses works for the agency as soon as it is used. */
export const connects = (c: Capable): boolean => c.capabilities?.some((name) => name !== "analysis") ?? false;
