import { getDocument, GlobalWorkerOptions, type PDFDocumentProxy } from "pdfjs-dist/legacy/build/pdf.mjs";
import jbig2 from "pdfjs-dist/wasm/jbig2.wasm?url";
import openjpeg from "pdfjs-dist/wasm/openjpeg.wasm?url";
import worker from "pdfjs-dist/legacy/build/pdf.worker.min.mjs?url";

GlobalWorkerOptions.workerSrc = worker;

const decoders: Record<string, string> = { "jbig2.wasm": jbig2, "openjpeg.wasm": openjpeg };

/** Hands pdf.js the decoders of scanned pictures under the names the build gave them. */
class Decoders {
  async fetch({ filename }: { kind: string; filename: string }): Promise<Uint8Array> {
    const url = decoders[filename];
    if (!url) throw new Error(`no ${filename}`);
    return new Uint8Array(await (await fetch(url)).arrayBuffer());
  }
}

/** Opens a PDF. Nothing in it is run: no scripts, no forms, no links. */
export async function openPdf(blob: Blob): Promise<PDFDocumentProxy> {
  return getDocument({ data: await blob.arrayBuffer(), BinaryDataFactory: Decoders, useWorkerFetch: false, isEvalSupported: false, enableXfa: false }).promise;
}
