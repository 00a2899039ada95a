import type { QueryClient } from "@tanstack/react-query";
import { shows } from "./keys";

const gather = 150; // ms: a transition changes a file, its tasks and submissions at once
const again = 5_000;

type Change = { topic: string; id: string; version: number };

/**
 * Listens to what changes in the agency and asks again for what is on the screen of it. The browser reconnects by
 * itself with Last-Event-ID; when the server closes for good (signed out, agency changed) we ask who we are.
 */
export function listen(client: QueryClient, onClosed: () => void): () => void {
  let source: EventSource | null = null;
  let retry: ReturnType<typeof setTimeout> | undefined;
  let flush: ReturnType<typeof setTimeout> | undefined;
  let broken = false;
  const waiting: Change[] = [];

  const refresh = () => {
    flush = undefined;
    const changes = waiting.splice(0);
    void client.invalidateQueries({ predicate: (q) => changes.some((c) => shows(q.queryKey, c.topic, c.id)) });
  };
  const connect = () => {
    source = new EventSource("/api/v1/stream");
    source.addEventListener("change", (event: MessageEvent<string>) => {
      waiting.push(JSON.parse(event.data) as Change);
      flush ??= setTimeout(refresh, gather);
    });
    source.addEventListener("reset", () => void client.invalidateQueries()); // more was missed than the server could replay
    source.onopen = () => {
      if (broken) void client.invalidateQueries(); // what we missed may be more than the server replays
      broken = false;
    };
    source.onerror = () => {
      broken = true;
      if (source?.readyState !== EventSource.CLOSED) return;
      onClosed();
      retry = setTimeout(connect, again);
    };
  };
  connect();
  return () => {
    source?.close();
    clearTimeout(retry);
    clearTimeout(flush);
  };
}
