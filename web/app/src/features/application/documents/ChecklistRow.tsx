import { Anchor, Button, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { useSession } from "~/app/session";
import { useLanguage } from "~/ui/language";
import { useFile } from "../FileContext";
import { useLanding } from "../landing";
import type { Doc, Item, Owner } from "../types";
import { isDueNow, standing, takesContent } from "./checklist";
import { DocumentWords } from "./DocumentWords";
import classes from "./documents.module.css";
import { StandingBadge, StandingIcon } from "./StandingMark";
import { UploadButton } from "./UploadButton";
import { UploadState } from "./UploadState";
import { useDrop } from "./useDrop";
import { useUpload } from "./useUpload";

type Props = { item: Item; wanted: boolean; onOpen: (document: Doc) => void };

/** One paper the file needs: why, how it stands, and what can be done about it. Files dropped on it are uploaded for it. */
export function ChecklistRow({ item, wanted, onOpen }: Props) {
  const { t } = useTranslation();
  const { say } = useLanguage();
  const { can } = useSession();
  const { file } = useFile();
  const upload = useUpload();
  const landing = useLanding<HTMLLIElement>(wanted);
  const writes = can("documents.write");
  const { document: d } = item;
  const send = (files: File[]) => upload.start({ application: file.id, kind: item.kind, owner: item.owner as Owner, document: d }, files);
  const drop = useDrop(send, writes && upload.progress === null);
  const state = standing(item);
  const what = `${say(item.title)}, ${item.owner.name}`;
  const opens = d !== null && d.media_type !== "";
  const toReview = state === "uploaded" && can("documents.review");
  const dim = !isDueNow(item) && state !== "accepted" && file.outcome === null;
  return (
    <li {...landing} {...drop.handlers} className={[classes.row, landing.className, drop.over && classes.over, dim && classes.later].filter(Boolean).join(" ")}>
      <StandingIcon of={state} />
      <div className={classes.name}>
        <Text component="span" fw={500}>
          {opens && can("documents.open") ? (
            <Anchor component="button" type="button" c="inherit" ta="left" onClick={() => onOpen(d)}>
              {say(item.title)}
            </Anchor>
          ) : (
            say(item.title)
          )}
        </Text>{" "}
        <Text component="span" size="xs" c="dimmed">
          {say(item.why)}
          {!isDueNow(item) && ` · ${t(`application.documents.stage.${item.stage}`, { defaultValue: item.stage })}`}
        </Text>
        <DocumentWords document={d} standing={state} />
      </div>
      <StandingBadge of={state} />
      <div className={classes.actions}>
        {toReview && d && (
          <Button size="compact-sm" onClick={() => onOpen(d)} aria-label={t("application.documents.review_what", { what })}>
            {t("application.documents.review")}
          </Button>
        )}
        {writes && !toReview && upload.progress === null && <UploadButton what={what} again={state === "accepted" || (d !== null && !takesContent(d) && state !== "expires")} onFiles={send} />}
      </div>
      {(upload.progress !== null || upload.error !== null) && (
        <div className={classes.under}>
          <UploadState upload={upload} what={what} />
        </div>
      )}
    </li>
  );
}
