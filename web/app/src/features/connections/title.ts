import type { Connector, Text } from "~/api/types";
import { wordsOf } from "~/ui/schema";

/** A connector's title in the reader's language: that of its settings' schema, when it has one, or else the plain one. */
export function titleOf(c: Pick<Connector, "title" | "config_schema">, say: (t: Text) => string): string {
  const words = c.config_schema?.["x-title"];
  return (words && wordsOf(words, say)) || c.title;
}
