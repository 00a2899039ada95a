import { Button, Stack, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { Subject } from "~/api/types";
import { useSession } from "~/app/session";
import { TextLink } from "~/ui/links";
import { Section } from "~/ui/Section";
import { AccountsPart } from "./AccountsPart";
import { IdentityPart } from "./IdentityPart";
import { ReportPart } from "./ReportPart";
import type { useWays } from "./useWays";

/** What banks, digital identities and bureaus say of a person: each part for whoever may see it. */
export function OutsideCard({ subject }: { subject: Subject }) {
  const { t } = useTranslation();
  const { can } = useSession();
  const parts = [
    can("bank_consents.read") && <AccountsPart key="accounts" id={subject.id} />,
    can("verifications.read") && <IdentityPart key="identity" id={subject.id} />,
    can("credit_reports.read") && <ReportPart key="report" id={subject.id} />,
  ].filter(Boolean);
  if (subject.kind !== "natural" || parts.length === 0) return null;
  return (
    <Section title={t("outside.title")} id="outside">
      <Stack gap="lg">{parts}</Stack>
    </Section>
  );
}

type AskProps = { ways: ReturnType<typeof useWays>; label: string; missing: string; onAsk: () => void };

/** The button that asks, or what has to be there first. */
export function Ask({ ways, label, missing, onAsk }: AskProps) {
  const { t } = useTranslation();
  const { can } = useSession();
  if (!ways.ready) return null;
  if (ways.files.length === 0)
    return (
      <Text size="sm" c="dimmed">
        {t("outside.no_file")}
      </Text>
    );
  if (ways.connections.length === 0)
    return (
      <Text size="sm" c="dimmed">
        {missing}{" "}
        {can("connectors.write") ? (
          <TextLink to="/settings/connections" underline="always">
            {t("outside.connect")}
          </TextLink>
        ) : (
          t("outside.ask_admin")
        )}
      </Text>
    );
  return (
    <div>
      <Button variant="default" size="compact-sm" onClick={onAsk}>
        {label}
      </Button>
    </div>
  );
}
