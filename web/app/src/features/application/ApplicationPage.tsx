import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useParams } from "@tanstack/react-router";
import { useEffect } from "react";
import { keys } from "~/api/keys";
import type { Application } from "~/api/types";
import { QueryView } from "~/ui/QueryView";
import { NextStepPanel } from "./blocked/NextStepPanel";
import { Breaches } from "./breach/Breaches";
import { SentBreaches } from "./breach/SentBreaches";
import { FileProvider } from "./FileContext";
import classes from "./file.module.css";
import { FileSkeleton } from "./FileSkeleton";
import { FileTabs } from "./FileTabs";
import { FileHeader } from "./header/FileHeader";
import { ArrivalsProvider } from "./landing";
import { fileQuery } from "./queries";

export function ApplicationPage() {
  const { id } = useParams({ from: "/inside/applications/$id" });
  const file = useQuery(fileQuery(id));
  return (
    <QueryView query={file} loading={<FileSkeleton />}>
      {(f) => <FileView key={f.id} file={f} />}
    </QueryView>
  );
}

function FileView({ file }: { file: Application }) {
  useFollow(file);
  const open = file.outcome === null;
  return (
    <FileProvider file={file}>
      <ArrivalsProvider>
        <FileHeader />
        <Breaches breaches={file.breaches} of={{ noun: "applications", id: file.id, version: file.version }} />
        <SentBreaches file={file} />
        <div className={open ? classes.layout : `${classes.layout} ${classes.alone}`}>
          <FileTabs />
          {open && <NextStepPanel />}
        </div>
      </ArrivalsProvider>
    </FileProvider>
  );
}

/** What is derived from the file but announced under another topic is read again when the file has changed. */
function useFollow({ id, version }: Application) {
  const client = useQueryClient();
  useEffect(() => {
    void client.invalidateQueries({ queryKey: keys.of("documents", id) });
    void client.invalidateQueries({ predicate: ({ queryKey: k }) => k[0] === "submissions" && k[1] === "one" && k[3] === "events" });
  }, [client, id, version]);
}
