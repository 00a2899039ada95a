import { api, ifMatch, take } from "~/api/client";
import { offline, ProblemError, problemOf } from "~/api/problem";
import type { Doc, Owner } from "../types";
import { takesContent } from "./checklist";

export const maxBytes = 25 * 1024 * 1024;

type Sending = { onProgress: (part: number) => void; signal: AbortSignal };

/** Where a content goes: into a document that waits for it, or into a new one of the same kind and owner. */
export type Target = { application: string; kind: string; owner: Pick<Owner, "type" | "id">; document: Doc | null };

/** Makes the document's row if there is none to fill, then sends the content into it. */
export async function upload(target: Target, file: File, sending: Sending): Promise<Doc> {
  if (file.size > maxBytes) throw new ProblemError({ type: "about:blank", title: "", status: 413, detail: "", code: "document.too_large" });
  const document = takesContent(target.document) ? target.document : await request(target);
  return putContent(document, file, sending);
}

/** Asks for a document: its row, without a content yet. */
export async function request({ application, kind, owner }: Omit<Target, "document">): Promise<Doc> {
  const of = owner.type === "subject" ? { subject_id: owner.id } : owner.type === "property" ? { property_id: owner.id } : {};
  const made = await take(
    api.POST("/api/v1/applications/{id}/documents", { params: { path: { id: application }, header: { "Idempotency-Key": crypto.randomUUID() } }, body: { kind, ...of } }),
  );
  return made as Doc;
}

/** fetch cannot say how much of a body has gone out; XMLHttpRequest can. */
function putContent(document: Doc, file: File, { onProgress, signal }: Sending): Promise<Doc> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("PUT", `/api/v1/documents/${document.id}/content`);
    for (const [name, value] of Object.entries(ifMatch(document.version))) request.setRequestHeader(name, value);
    request.setRequestHeader("Content-Type", file.type || "application/octet-stream");
    request.setRequestHeader("X-File-Name", encodeURIComponent(file.name));
    request.responseType = "json";
    request.upload.onprogress = (e) => e.lengthComputable && onProgress(e.loaded / e.total);
    request.onerror = () => reject(offline());
    request.onabort = () => reject(new DOMException("stopped", "AbortError"));
    request.onload = () => {
      if (request.status >= 200 && request.status < 300) resolve(request.response as Doc);
      else reject(problemOf(request.response, new Response(null, { status: request.status })));
    };
    signal.addEventListener("abort", () => request.abort(), { once: true });
    request.send(file);
  });
}
