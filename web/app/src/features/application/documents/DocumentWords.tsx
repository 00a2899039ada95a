import { Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { DateText } from "~/ui/DateText";
import type { Doc } from "../types";
import type { Standing } from "./checklist";
import { ScanMark } from "./ScanMark";

/** What there is to say of a document under its name: why it came back, when it ends, what it is called. */
export function DocumentWords({ document: d, standing }: { document: Doc | null; standing: Standing }) {
  const { t } = useTranslation();
  if (!d) return null;
  const late = standing === "expires";
  return (
    <Text size="xs" c="dimmed" component="div">
      {standing === "rejected" && d.reject_reason && (
        <Text span inherit c="var(--mantine-color-error)" fw={600}>
          {d.reject_reason} ·{" "}
        </Text>
      )}
      {d.expires_on && (
        <Text span inherit fw={late ? 600 : undefined} c={late ? "light-dark(var(--mantine-color-ochre-8), var(--mantine-color-ochre-3))" : undefined}>
          {t("application.documents.good_until")} <DateText at={d.expires_on} />
          {d.file_name && " · "}
        </Text>
      )}
      {d.file_name} {d.media_type !== "" && <ScanMark of={d.scan} bare />}
    </Text>
  );
}
