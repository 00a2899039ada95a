import { Badge, Group, Stack, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { isBound } from "~/features/federation/federation";
import { BoundAccount } from "~/features/federation/BoundAccount";
import { PageHeader } from "~/ui/PageHeader";
import { QueryView } from "~/ui/QueryView";
import { Section } from "~/ui/Section";
import { AppSection } from "./AppSection";
import { PasskeySection } from "./PasskeySection";
import { PasswordLink } from "./PasswordLink";
import { factorsQuery } from "./security";
import { SessionSection } from "./SessionSection";
import { SignInSection } from "./SignInSection";

/** How a person signs in, where they are signed in, and what was tried with their account. */
export function SecurityPage() {
  const { t } = useTranslation();
  const factors = useQuery(factorsQuery);
  if (isBound(factors.error)) return <BoundAccount />;
  return (
    <>
      <PageHeader title={t("security.title")} hint={t("security.hint")} />
      <Stack maw={860}>
        <Section title={t("auth.password")}>
          <QueryView query={factors}>
            {(f) => (
              <Group justify="space-between" gap="sm">
                <Stack gap={4} align="flex-start" flex="1 1 260px">
                  <Badge color={f.password ? "moss" : "gray"}>{f.password ? t("security.password_there") : t("security.password_none")}</Badge>
                  <Text size="sm" c="dimmed">
                    {t("security.password_hint")}
                  </Text>
                </Stack>
                <PasswordLink />
              </Group>
            )}
          </QueryView>
        </Section>
        <PasskeySection />
        <AppSection factors={factors} />
        <SessionSection />
        <SignInSection />
      </Stack>
    </>
  );
}
