import { Modal, useMantineTheme } from "@mantine/core";
import { useMediaQuery } from "@mantine/hooks";
import { useTranslation } from "react-i18next";
import { useLanguage } from "~/ui/language";
import { useFile } from "../FileContext";
import type { Doc } from "../types";
import classes from "./documents.module.css";
import { Preview } from "./Preview";
import { ReviewPanel } from "./ReviewPanel";

/** A document beside what is to be decided about it. */
export function DocumentDialog({ document: d, onClose }: { document: Doc | null; onClose: () => void }) {
  const { t } = useTranslation();
  const { say } = useLanguage();
  const { names } = useFile();
  const theme = useMantineTheme();
  const narrow = useMediaQuery(`(max-width: ${theme.breakpoints.md})`);
  const whose = d && names[d.subject_id || d.property_id];
  return (
    <Modal
      opened={d !== null}
      onClose={onClose}
      size={1240}
      fullScreen={narrow}
      title={d && [say(d.title), whose].filter(Boolean).join(" · ")}
      closeButtonProps={{ "aria-label": t("common.close") }}
    >
      {d && (
        <div className={classes.review}>
          <Preview document={d} />
          <ReviewPanel key={`${d.id}-${d.version}`} document={d} onDone={onClose} />
        </div>
      )}
    </Modal>
  );
}
