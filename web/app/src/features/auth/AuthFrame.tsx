import { Box, Paper, Stack, Text, Title } from "@mantine/core";
import { useDocumentTitle } from "@mantine/hooks";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Wordmark } from "~/app/Wordmark";
import { LanguageLinks } from "./LanguageLinks";
import classes from "./AuthFrame.module.css";

type Props = { title: string; hint?: ReactNode; children: ReactNode };

/** The page of somebody who is not signed in. */
export function AuthFrame({ title, hint, children }: Props) {
  const { t } = useTranslation();
  useDocumentTitle(`${title} · Pratica`);
  return (
    <div className={classes.page}>
      <aside className={classes.side}>
        <Wordmark />
        <Text className={classes.motto}>{t("auth.motto")}</Text>
      </aside>
      <main className={classes.main}>
        <Box hiddenFrom="sm" mb="lg">
          <Wordmark dark />
        </Box>
        <Paper className={classes.card} bg="var(--paper)" p="xl">
          <Stack gap="md">
            <div>
              <Title order={1}>{title}</Title>
              {hint && (
                <Text c="dimmed" mt={4} component="div">
                  {hint}
                </Text>
              )}
            </div>
            {children}
          </Stack>
        </Paper>
        <LanguageLinks />
      </main>
    </div>
  );
}
