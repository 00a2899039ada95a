import type { DndContextProps } from "@dnd-kit/core";
import { useTranslation } from "react-i18next";
import type { Column } from "~/api/types";
import { useLanguage } from "~/ui/language";

/** What a screen reader hears of a drag. Whoever cannot drag uses each card's own menu. */
export function useBoardAnnouncements(columns: Column[]): NonNullable<DndContextProps["accessibility"]> {
  const { t } = useTranslation();
  const { say } = useLanguage();
  const title = (id: unknown) => {
    const column = columns.find((c) => c.state === id);
    return column ? say(column.title) : "";
  };
  return {
    screenReaderInstructions: { draggable: t("pipeline.drag_hint") },
    announcements: {
      onDragStart: () => t("pipeline.drag_started"),
      onDragOver: ({ over }) => (over ? t("pipeline.drag_over", { state: title(over.id) }) : undefined),
      onDragEnd: ({ over }) => (over ? t("pipeline.drag_dropped", { state: title(over.id) }) : t("pipeline.drag_cancelled")),
      onDragCancel: () => t("pipeline.drag_cancelled"),
    },
  };
}
