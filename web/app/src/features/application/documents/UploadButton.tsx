import { Button, FileButton } from "@mantine/core";
import { IconUpload } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";

/** What browsers may be asked to choose; the server looks at the bytes themselves. */
export const accepted = "application/pdf,image/jpeg,image/png";

type Props = { what: string; again?: boolean; onFiles: (files: File[]) => void };

/** Chooses files for one paper. `what` names it for those who do not see the row. */
export function UploadButton({ what, again = false, onFiles }: Props) {
  const { t } = useTranslation();
  return (
    <FileButton multiple accept={accepted} onChange={onFiles}>
      {(props) => (
        <Button {...props} size="compact-sm" variant={again ? "subtle" : "light"} leftSection={<IconUpload size={14} aria-hidden />} aria-label={t(again ? "application.documents.upload_new_what" : "application.documents.upload_what", { what })}>
          {t(again ? "application.documents.upload_new" : "application.documents.upload")}
        </Button>
      )}
    </FileButton>
  );
}
