import { gather } from "./gather";

/** One file of words a feature; the file's name is the first part of its keys. */
export default gather(import.meta.glob<Record<string, unknown>>("./it/*.json", { eager: true, import: "default" }));
