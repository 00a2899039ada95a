import { Box, Group, Text, Title } from "@mantine/core";
import { useDocumentTitle } from "@mantine/hooks";
import type { ReactNode } from "react";

type Props = { title: string; hint?: ReactNode; over?: ReactNode; actions?: ReactNode };

/** The head of a page: its only h1, also the window's title; what can be done stands at the right. */
export function PageHeader({ title, hint, over, actions }: Props) {
  useDocumentTitle(`${title} · Pratica`);
  return (
    <Group justify="space-between" align="flex-end" mb="lg" gap="sm">
      <Box miw={0}>
        {over && (
          <Text size="sm" c="dimmed" mb={2}>
            {over}
          </Text>
        )}
        <Title order={1} style={{ overflowWrap: "anywhere" }}>
          {title}
        </Title>
        {hint && (
          <Text c="dimmed" mt={2} component="div">
            {hint}
          </Text>
        )}
      </Box>
      {actions && <Group gap="xs">{actions}</Group>}
    </Group>
  );
}
