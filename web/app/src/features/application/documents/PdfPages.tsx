import { ActionIcon, Text } from "@mantine/core";
import { IconZoomIn, IconZoomOut } from "@tabler/icons-react";
import { useElementSize } from "@mantine/hooks";
import type { PDFDocumentProxy } from "pdfjs-dist/legacy/build/pdf.mjs";
import { type ReactNode, useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { Loading } from "~/ui/Loading";
import classes from "./documents.module.css";
import { openPdf } from "./pdf";
import { PdfPage } from "./PdfPage";

type Props = { blob: Blob; name: string; extra: ReactNode };
const zooms = [0.5, 0.75, 1, 1.25, 1.5, 2, 3];

/** The pages of a PDF one under the other, as wide as there is room. */
export function PdfPages({ blob, name, extra }: Props) {
  const { t } = useTranslation();
  const { pdf, broken } = usePdf(blob);
  const { ref, width } = useElementSize();
  const [zoom, setZoom] = useState(2);
  if (broken) return <Text p="md">{t("application.documents.no_preview")}</Text>;
  return (
    <div ref={ref} role="region" aria-label={name} tabIndex={0}>
      <div className={classes.bar}>
        <ActionIcon variant="subtle" disabled={zoom === 0} onClick={() => setZoom(zoom - 1)} aria-label={t("application.documents.smaller")}>
          <IconZoomOut size={18} aria-hidden />
        </ActionIcon>
        <Text size="sm" w={48} ta="center">
          {Math.round(zooms[zoom]! * 100)} %
        </Text>
        <ActionIcon variant="subtle" disabled={zoom === zooms.length - 1} onClick={() => setZoom(zoom + 1)} aria-label={t("application.documents.larger")}>
          <IconZoomIn size={18} aria-hidden />
        </ActionIcon>
        {pdf && (
          <Text size="sm" c="dimmed" mx={6}>
            {t("application.documents.pages", { count: pdf.numPages })}
          </Text>
        )}
        {extra}
      </div>
      {pdf && width > 0 ? (
        Array.from({ length: pdf.numPages }, (_, i) => <PdfPage key={i} pdf={pdf} number={i + 1} width={Math.max(200, width - 24) * zooms[zoom]!} />)
      ) : (
        <Loading rows={12} />
      )}
    </div>
  );
}

function usePdf(blob: Blob) {
  const [pdf, setPdf] = useState<PDFDocumentProxy | null>(null);
  const [broken, setBroken] = useState(false);
  useEffect(() => {
    let gone = false;
    let opened: PDFDocumentProxy | null = null;
    openPdf(blob).then(
      (p) => {
        opened = p;
        if (gone) void p.loadingTask.destroy();
        else setPdf(p);
      },
      () => !gone && setBroken(true),
    );
    return () => {
      gone = true;
      void opened?.loadingTask.destroy();
    };
  }, [blob]);
  return { pdf, broken };
}
