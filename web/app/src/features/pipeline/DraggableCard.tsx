import { useDraggable } from "@dnd-kit/core";
import { ActionIcon, Menu } from "@mantine/core";
import { IconDotsVertical } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import type { Card, Column } from "~/api/types";
import { useLanguage } from "~/ui/language";
import type { Move } from "./BoardView";
import { FileCard } from "./FileCard";

type Props = { file: Card; columns: Column[]; movable: boolean; onMove: (move: Move) => void };

/** A card that can be pulled; its menu does the same for the keyboard. */
export function DraggableCard({ file, columns, movable, onMove }: Props) {
  const { setNodeRef, listeners, isDragging } = useDraggable({ id: file.id, disabled: !movable });
  return (
    <div ref={setNodeRef} {...listeners} style={{ opacity: isDragging ? 0.35 : undefined, touchAction: movable ? "manipulation" : undefined }}>
      <FileCard file={file} menu={movable && <MoveMenu file={file} columns={columns} onMove={onMove} />} />
    </div>
  );
}

function MoveMenu({ file, columns, onMove }: Omit<Props, "movable">) {
  const { t } = useTranslation();
  const { say } = useLanguage();
  return (
    <Menu position="bottom-end" width={230}>
      <Menu.Target>
        <ActionIcon variant="subtle" color="gray" size={24} aria-label={t("pipeline.move_file", { file: file.title || file.number })} onPointerDown={(e) => e.stopPropagation()}>
          <IconDotsVertical size={16} aria-hidden />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown onPointerDown={(e) => e.stopPropagation()}>
        <Menu.Label>{t("pipeline.move_to")}</Menu.Label>
        {columns
          .filter((c) => c.state !== file.state)
          .map((c) => (
            <Menu.Item key={c.state} onClick={() => onMove({ file, to: c })}>
              {say(c.title)}
            </Menu.Item>
          ))}
      </Menu.Dropdown>
    </Menu>
  );
}
