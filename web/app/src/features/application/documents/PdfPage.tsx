import { Text } from "@mantine/core";
import { useInViewport } from "@mantine/hooks";
import { type PDFDocumentProxy, TextLayer } from "pdfjs-dist/legacy/build/pdf.mjs";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import classes from "./documents.module.css";

type Props = { pdf: PDFDocumentProxy; number: number; width: number };

/** One page, drawn when it comes into view. */
export function PdfPage({ pdf, number, width }: Props) {
  const { t } = useTranslation();
  const { ref, inViewport } = useInViewport<HTMLDivElement>();
  const canvas = useRef<HTMLCanvasElement>(null);
  const words = useRef<HTMLDivElement>(null);
  const [ratio, setRatio] = useState(1.414);
  const [seen, setSeen] = useState(false);
  const [broken, setBroken] = useState(false);
  useEffect(() => {
    if (inViewport) setSeen(true);
  }, [inViewport]);
  useEffect(() => {
    if (!seen) return;
    return draw(pdf, number, width, { canvas: canvas.current!, words: words.current! }, setRatio, () => setBroken(true));
  }, [pdf, number, width, seen]);
  return (
    <div ref={ref} className={classes.page} style={{ width, height: width * ratio }}>
      <canvas ref={canvas} role="img" aria-label={t("application.documents.page", { number })} />
      <div ref={words} className={classes.text} />
      {broken && <Text p="md" c="#23211d">{t("application.documents.page_broken")}</Text>}
    </div>
  );
}

type Surface = { canvas: HTMLCanvasElement; words: HTMLDivElement };

/** Draws a page and lays its words over it; gives back how to stop. */
function draw(pdf: PDFDocumentProxy, number: number, width: number, { canvas, words }: Surface, onRatio: (ratio: number) => void, onBroken: () => void) {
  let stop = () => {};
  let stopped = false;
  void (async () => {
    const page = await pdf.getPage(number);
    if (stopped) return;
    const whole = page.getViewport({ scale: 1 });
    const viewport = page.getViewport({ scale: width / whole.width });
    onRatio(whole.height / whole.width);
    const sharp = Math.min(window.devicePixelRatio || 1, 2);
    canvas.width = Math.floor(viewport.width * sharp);
    canvas.height = Math.floor(viewport.height * sharp);
    const picture = page.render({ canvas, viewport, transform: sharp === 1 ? undefined : [sharp, 0, 0, sharp, 0, 0] });
    words.replaceChildren();
    words.style.setProperty("--total-scale-factor", String(viewport.scale));
    const layer = new TextLayer({ textContentSource: page.streamTextContent(), container: words, viewport });
    stop = () => {
      picture.cancel();
      layer.cancel();
    };
    await Promise.all([picture.promise, layer.render()]);
    TextLayer.cleanup(); // it measures fonts on a canvas that it would leave lying in the page
  })().catch(() => {
    if (!stopped) onBroken(); // stopping a page halfway is no failure
  });
  return () => {
    stopped = true;
    stop();
  };
}
