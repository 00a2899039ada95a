import { Box, Group, Stack, Title } from "@mantine/core";
import { type ReactNode, useId } from "react";
import { useTranslation } from "react-i18next";
import type { Subject } from "~/api/types";
import { useSession } from "~/app/session";
import { Section } from "~/ui/Section";
import { ConsentsPart } from "./ConsentsPart";
import { CopiesPart } from "./CopiesPart";
import { ErasurePart } from "./ErasurePart";
import { PortalPart } from "./PortalPart";

/** What a person has agreed to, and what they may ask for: each part for whoever may see it, nothing for anybody else. */
export function PrivacyCard({ subject }: { subject: Subject }) {
  const { t } = useTranslation();
  const { can } = useSession();
  const parts = [
    can("privacy.read") && <ConsentsPart key="consents" id={subject.id} />,
    can("portal.invite") && <PortalPart key="portal" subject={subject} />,
    can("privacy.manage") && <CopiesPart key="copies" id={subject.id} />,
    can("privacy.restricted") && <ErasurePart key="erasure" subject={subject} />,
  ].filter(Boolean);
  if (parts.length === 0) return null;
  return (
    <Section title={t("privacy.title")} id="privacy">
      <Stack gap="lg">{parts}</Stack>
    </Section>
  );
}

/** A titled part of the card, with what can be done about it. */
export function Part({ title, actions, children }: { title: string; actions?: ReactNode; children: ReactNode }) {
  const heading = useId();
  return (
    <Box component="section" aria-labelledby={heading}>
      <Group justify="space-between" gap="xs" mb={6}>
        <Title order={3} id={heading}>
          {title}
        </Title>
        {actions}
      </Group>
      {children}
    </Box>
  );
}
