import { z } from "zod";

/** What the server asks of a password. */
export const passwordRule = (message: string) => z.string().min(10, message).max(200, message);
