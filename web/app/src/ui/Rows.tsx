import { ActionIcon, Box, Button, Group, Stack, Text } from "@mantine/core";
import { IconPlus, IconTrash } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";

type Props = { ids: string[]; empty: string; add: string; onAdd: () => void; onRemove: (index: number) => void; disabled?: boolean; children: (index: number) => ReactNode };

/** A list inside a form: each row with its fields and a way to take it out. */
export function Rows({ ids, empty, add, onAdd, onRemove, disabled, children }: Props) {
  const { t } = useTranslation();
  return (
    <Stack gap="sm">
      {ids.length === 0 && (
        <Text size="sm" c="dimmed">
          {empty}
        </Text>
      )}
      {ids.map((id, i) => (
        <Group key={id} gap="xs" align="flex-end" wrap="nowrap" role="group" aria-label={t("form.row", { number: i + 1 })}>
          <Box flex={1}>{children(i)}</Box>
          {!disabled && (
            <ActionIcon variant="subtle" color="gray" size={36} aria-label={t("form.remove_row", { number: i + 1 })} onClick={() => onRemove(i)}>
              <IconTrash size={17} aria-hidden />
            </ActionIcon>
          )}
        </Group>
      ))}
      {!disabled && (
        <div>
          <Button variant="subtle" size="compact-sm" leftSection={<IconPlus size={15} aria-hidden />} onClick={onAdd}>
            {add}
          </Button>
        </div>
      )}
    </Stack>
  );
}
