import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import type { Doc } from "../types";
import { type Target, upload } from "./upload";

/** How far the files somebody chose have come: `part` of the `number`th of `count`. */
export type Progress = { part: number; number: number; count: number };

/** Sends files one after the other, with progress and a way to stop. Leaving the page stops what is under way. */
export function useUpload(onDone?: (document: Doc) => void) {
  const client = useQueryClient();
  const [progress, setProgress] = useState<Progress | null>(null);
  const [error, setError] = useState<unknown>(null);
  const running = useRef<AbortController | null>(null);
  useEffect(() => () => running.current?.abort(), []);

  const start = async (target: Target, files: File[]) => {
    if (running.current || files.length === 0) return;
    const { signal } = (running.current = new AbortController());
    setError(null);
    try {
      for (const [i, file] of files.entries()) {
        const at = { number: i + 1, count: files.length };
        setProgress({ part: 0, ...at });
        // The first fills the document that waits; each further one is a document of its own.
        const document = await upload(i === 0 ? target : { ...target, document: null }, file, { signal, onProgress: (part) => setProgress({ part, ...at }) });
        onDone?.(document);
      }
    } catch (e) {
      if (!signal.aborted) setError(e);
    } finally {
      running.current = null;
      setProgress(null);
      for (const topic of ["documents", "applications"]) void client.invalidateQueries({ queryKey: [topic] });
    }
  };
  return { start: (target: Target, files: File[]) => void start(target, files), stop: () => running.current?.abort(), progress, error, clear: () => setError(null) };
}
