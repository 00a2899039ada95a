import { Box, Group, Paper, Title } from "@mantine/core";
import { type ReactNode, useId } from "react";

type Props = { title: string; count?: number; actions?: ReactNode; children: ReactNode; flush?: boolean; id?: string };

/** A titled part of a page. `flush` lets a table reach the edges. Whoever comes to its `id` sees it below the head of the page. */
export function Section({ title, count, actions, children, flush = false, id }: Props) {
  const heading = useId();
  return (
    <Paper component="section" aria-labelledby={heading} id={id} bg="var(--paper)" style={{ scrollMarginTop: 72 }}>
      <Group justify="space-between" gap="4px 12px" px="md" py="xs" style={{ borderBottom: "1px solid var(--line)" }} mih={48}>
        <Title order={2} id={heading}>
          {title}
          {count !== undefined && (
            <Box component="span" c="dimmed" fz="md" ff="text" fw={500} ml={8}>
              {count}
            </Box>
          )}
        </Title>
        {actions && <Group gap="xs" style={{ flexShrink: 0 }}>{actions}</Group>}
      </Group>
      <Box p={flush ? 0 : "md"}>{children}</Box>
    </Paper>
  );
}
