import { Button, Group, Text } from "@mantine/core";
import { IconDownload } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { lazy, Suspense, useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { api, take } from "~/api/client";
import { offline, problemOf } from "~/api/problem";
import { Loading } from "~/ui/Loading";
import { QueryView } from "~/ui/QueryView";
import type { Doc } from "../types";
import classes from "./documents.module.css";
import { OpenMenu } from "./OpenMenu";

const PdfPages = lazy(() => import("./PdfPages").then((m) => ({ default: m.PdfPages })));

/** How a document is opened: stamped with who looks and when, through a link that opens once. */
export type How = { watermark: boolean; once: boolean };

/** Reads a content through a link that is good for this session only. Every opening is in the agency's trail. */
async function open(id: string, how: How): Promise<Blob> {
  const { url } = await take(api.POST("/api/v1/documents/{id}/link", { params: { path: { id } }, body: how }));
  const answer = await fetch(url, { credentials: "same-origin" }).catch(() => {
    throw offline();
  });
  if (!answer.ok) throw problemOf(await answer.json().catch(() => null), answer);
  return answer.blob();
}

/** A document on the page. */
export function Preview({ document: d }: { document: Doc }) {
  const { t } = useTranslation();
  const [how, setHow] = useState<How>({ watermark: false, once: false });
  const content = useQuery({ queryKey: ["content", d.id, d.sha256, how], queryFn: () => open(d.id, how), staleTime: Number.POSITIVE_INFINITY, gcTime: 60_000 });
  return (
    <div>
      <Group justify="flex-end" mb={6}>
        <OpenMenu document={d} how={how} onChange={setHow} />
      </Group>
      <div className={classes.preview}>
        <QueryView query={content} loading={<Loading rows={12} />}>
          {(blob) => <Content blob={blob} document={d} marked={how.watermark} />}
        </QueryView>
        {content.isError && how.watermark && (
          <Button m="md" variant="default" onClick={() => setHow({ ...how, watermark: false })}>
            {t("application.documents.plain_again")}
          </Button>
        )}
      </div>
    </div>
  );
}

function Content({ blob, document: d, marked }: { blob: Blob; document: Doc; marked: boolean }) {
  const { t } = useTranslation();
  const url = useObjectUrl(blob);
  const download = url && (
    <Button component="a" href={url} download={d.file_name} size="compact-sm" variant="subtle" leftSection={<IconDownload size={15} aria-hidden />}>
      {t(marked ? "application.documents.download_marked" : "application.documents.download")}
    </Button>
  );
  if (d.media_type === "application/pdf") {
    return (
      <Suspense fallback={<Loading rows={12} />}>
        <PdfPages key={url} blob={blob} name={d.file_name} extra={download} />
      </Suspense>
    );
  }
  return (
    <>
      <div className={classes.bar}>{download}</div>
      {d.media_type.startsWith("image/") && url ? <img className={classes.image} src={url} alt={d.file_name} /> : <Text p="md">{t("application.documents.no_preview")}</Text>}
    </>
  );
}

function useObjectUrl(blob: Blob) {
  const [url, setUrl] = useState<string>();
  useEffect(() => {
    const made = URL.createObjectURL(blob);
    setUrl(made);
    return () => URL.revokeObjectURL(made);
  }, [blob]);
  return url;
}
