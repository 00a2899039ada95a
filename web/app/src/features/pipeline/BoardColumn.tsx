import { useDroppable } from "@dnd-kit/core";
import { Group, Text, Title } from "@mantine/core";
import { useId } from "react";
import { useTranslation } from "react-i18next";
import type { Column } from "~/api/types";
import { useLanguage } from "~/ui/language";
import { TextLink } from "~/ui/links";
import { Money } from "~/ui/Money";
import type { Move } from "./BoardView";
import { DraggableCard } from "./DraggableCard";
import classes from "./Board.module.css";

type Props = { column: Column; columns: Column[]; movable: boolean; onMove: (move: Move) => void };

export function BoardColumn({ column, columns, movable, onMove }: Props) {
  const { t } = useTranslation();
  const { say } = useLanguage();
  const heading = useId();
  const { setNodeRef, isOver } = useDroppable({ id: column.state, disabled: !movable });
  const files = column.items ?? [];
  return (
    <section ref={setNodeRef} className={classes.column} data-over={isOver || undefined} aria-labelledby={heading}>
      <div className={classes.head}>
        <Group justify="space-between" gap={6} wrap="nowrap">
          <Title order={2} fz="sm" ff="text" fw={650} id={heading} lineClamp={1}>
            {say(column.title)}
          </Title>
          <Text size="sm" fw={600} c="dimmed" aria-label={t("pipeline.count", { count: column.count })}>
            {column.count}
          </Text>
        </Group>
        <Text size="xs" c="dimmed">
          {column.count > 0 ? <Money cents={column.sum_cents} whole /> : "\u00a0"}
        </Text>
      </div>
      <ul className={classes.cards}>
        {files.map((f) => (
          <li key={f.id}>
            <DraggableCard file={f} columns={columns} movable={movable && f.outcome === null} onMove={onMove} />
          </li>
        ))}
        {files.length === 0 && (
          <li>
            <Text size="sm" c="dimmed" ta="center" py="md">
              {t("pipeline.empty_column")}
            </Text>
          </li>
        )}
        {column.count > files.length && (
          <li>
            <TextLink to="/pipeline" search={{ view: "list", state: column.state, all: column.final || undefined }} size="sm">
              {t("pipeline.more", { count: column.count - files.length })}
            </TextLink>
          </li>
        )}
      </ul>
    </section>
  );
}
