import { Anchor, Button, Text } from "@mantine/core";
import type { UseQueryResult } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { useSession } from "~/app/session";
import { useLanguage } from "~/ui/language";
import { QueryView } from "~/ui/QueryView";
import { Section } from "~/ui/Section";
import { useFile } from "../FileContext";
import page from "../file.module.css";
import type { Doc, Item, Owner } from "../types";
import { others } from "./checklist";
import { DocumentWords } from "./DocumentWords";
import classes from "./documents.module.css";
import { StandingBadge, StandingIcon } from "./StandingMark";
import { UploadButton } from "./UploadButton";
import { UploadState } from "./UploadState";
import { useUpload } from "./useUpload";

type Props = { items: Item[]; documents: UseQueryResult<Doc[], Error>; onOpen: (document: Doc) => void };

/** Papers the list does not ask for, and earlier ones that others have taken the place of. */
export function OtherDocuments({ items, documents, onOpen }: Props) {
  const { t } = useTranslation();
  const rest = others(items, documents.data ?? []);
  if (documents.isSuccess && rest.length === 0) return null;
  return (
    <Section title={t("application.documents.others")} count={rest.length} flush>
      <QueryView query={documents}>
        {() => (
          <ul className={page.list}>
            {rest.map((d) => (
              <OtherRow key={d.id} document={d} onOpen={onOpen} />
            ))}
          </ul>
        )}
      </QueryView>
    </Section>
  );
}

function OtherRow({ document: d, onOpen }: { document: Doc; onOpen: (document: Doc) => void }) {
  const { t } = useTranslation();
  const { say } = useLanguage();
  const { can } = useSession();
  const { file, names } = useFile();
  const upload = useUpload();
  const owner: Owner = d.subject_id ? { type: "subject", id: d.subject_id, name: names[d.subject_id] ?? "" } : d.property_id ? { type: "property", id: d.property_id, name: names[d.property_id] ?? "" } : { type: "file", id: "", name: file.number };
  const what = `${say(d.title)}, ${owner.name}`;
  const opens = d.media_type !== "" && can("documents.open");
  return (
    <li className={classes.row}>
      <StandingIcon of={d.state} />
      <div className={classes.name}>
        <Text component="span" fw={500}>
          {opens ? (
            <Anchor component="button" type="button" c="inherit" ta="left" onClick={() => onOpen(d)}>
              {say(d.title)}
            </Anchor>
          ) : (
            say(d.title)
          )}
        </Text>{" "}
        <Text component="span" size="xs" c="dimmed">
          {owner.type === "file" ? t("application.documents.of_file") : owner.name}
        </Text>
        <DocumentWords document={d} standing={d.state} />
      </div>
      <StandingBadge of={d.state} />
      <div className={classes.actions}>
        {d.state === "uploaded" && can("documents.review") && (
          <Button size="compact-sm" onClick={() => onOpen(d)} aria-label={t("application.documents.review_what", { what })}>
            {t("application.documents.review")}
          </Button>
        )}
        {(d.state === "requested" || d.state === "rejected") && can("documents.write") && upload.progress === null && (
          <UploadButton what={what} onFiles={(files) => upload.start({ application: file.id, kind: d.kind, owner, document: d }, files)} />
        )}
      </div>
      {(upload.progress !== null || upload.error !== null) && (
        <div className={classes.under}>
          <UploadState upload={upload} what={what} />
        </div>
      )}
    </li>
  );
}
