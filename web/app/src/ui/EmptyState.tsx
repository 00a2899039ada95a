import { Center, Stack, Text, ThemeIcon } from "@mantine/core";
import type { Icon } from "@tabler/icons-react";
import type { ReactNode } from "react";

type Props = { icon: Icon; title: string; children?: ReactNode; action?: ReactNode; compact?: boolean };

/** What a list says when it has nothing: why, and what comes next. */
export function EmptyState({ icon: Sign, title, children, action, compact = false }: Props) {
  return (
    <Center py={compact ? "md" : 56} px="md">
      <Stack align="center" gap={6} maw={440}>
        <ThemeIcon variant="light" color="petrol" size={compact ? 36 : 48} radius={99} mb={4}>
          <Sign size={compact ? 18 : 24} stroke={1.6} aria-hidden />
        </ThemeIcon>
        <Text fw={600} ta="center">
          {title}
        </Text>
        {children && (
          <Text c="dimmed" size="sm" ta="center" component="div">
            {children}
          </Text>
        )}
        {action && <div style={{ marginTop: 8 }}>{action}</div>}
      </Stack>
    </Center>
  );
}
