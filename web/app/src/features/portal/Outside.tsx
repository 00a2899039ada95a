import { Group, Paper, Stack, Title } from "@mantine/core";
import { useDocumentTitle } from "@mantine/hooks";
import type { ReactNode } from "react";
import { Wordmark } from "~/app/Wordmark";
import { LanguageLinks } from "~/features/auth/LanguageLinks";
import classes from "./portal.module.css";

/** The page of somebody who has no visit open. */
export function Outside({ title, children }: { title: string; children: ReactNode }) {
  useDocumentTitle(`${title} · Pratica`);
  return (
    <main className={classes.outside}>
      <Group justify="center" mb="lg">
        <Wordmark dark />
      </Group>
      <Paper className={classes.card} bg="var(--paper)" p={{ base: "lg", sm: "xl" }}>
        <Stack gap="md">
          <Title order={1}>{title}</Title>
          {children}
        </Stack>
      </Paper>
      <LanguageLinks />
    </main>
  );
}
