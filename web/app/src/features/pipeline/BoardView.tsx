import { DndContext, type DragEndEvent, DragOverlay, type DragStartEvent, PointerSensor, useSensor, useSensors } from "@dnd-kit/core";
import { Group, Skeleton, Switch } from "@mantine/core";
import { IconClockCheck } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Board, Card, Column, Text } from "~/api/types";
import { useSession } from "~/app/session";
import { EventDialog } from "~/features/workflow/EventDialog";
import { EmptyState } from "~/ui/EmptyState";
import { QueryView } from "~/ui/QueryView";
import { BoardColumn } from "./BoardColumn";
import { FileCard } from "./FileCard";
import { boardQuery, stalledBoardQuery } from "./files";
import { useBoardAnnouncements } from "./useBoardAnnouncements";
import classes from "./Board.module.css";

/** A file that is to go to another state, by dragging or by its menu. */
export type Move = { file: Card; to: { state: string; title: Text } };

/** The pipeline: a column for each state. */
export function BoardView() {
  const { t } = useTranslation();
  const { stalled } = useSearch({ from: "/inside/pipeline" });
  const navigate = useNavigate({ from: "/pipeline" });
  const board = useQuery(stalled ? stalledBoardQuery : boardQuery);
  const [ended, setEnded] = useState(false);
  const [move, setMove] = useState<Move | null>(null);
  return (
    <>
      <Group mb="sm" gap="lg">
        <Switch label={t("pipeline.only_stalled")} checked={stalled === true} onChange={(e) => void navigate({ search: (s) => ({ ...s, stalled: e.currentTarget.checked || undefined }), replace: true })} />
        {!stalled && <Switch label={t("pipeline.show_ended")} checked={ended} onChange={(e) => setEnded(e.currentTarget.checked)} />}
      </Group>
      <QueryView query={board} loading={<Waiting />}>
        {(b) =>
          stalled && (b.columns ?? []).every((c) => c.count === 0) ? (
            <EmptyState icon={IconClockCheck} title={t("today.none_stalled")}>
              {t("today.none_stalled_hint")}
            </EmptyState>
          ) : (
            <Columns board={b} ended={ended && !stalled} onMove={setMove} />
          )
        }
      </QueryView>
      {move && <EventDialog opened onClose={() => setMove(null)} machine="applications" id={move.file.id} application={move.file.id} to={move.to} />}
    </>
  );
}

function Columns({ board, ended, onMove }: { board: Board; ended: boolean; onMove: (move: Move) => void }) {
  const { t } = useTranslation();
  const { can } = useSession();
  const [dragged, setDragged] = useState<Card | null>(null);
  // A click opens the file; only a real pull moves it.
  const sensors = useSensors(useSensor(PointerSensor, { activationConstraint: { distance: 6 } }));
  const columns = board.columns ?? [];
  const accessibility = useBoardAnnouncements(columns);
  const movable = can("applications.transition");
  const drop = ({ active, over }: DragEndEvent) => {
    setDragged(null);
    const file = find(columns, String(active.id));
    const to = columns.find((c) => c.state === over?.id);
    if (file && to && file.state !== to.state) onMove({ file, to });
  };
  return (
    <DndContext
      sensors={sensors}
      accessibility={accessibility}
      onDragStart={({ active }: DragStartEvent) => setDragged(find(columns, String(active.id)) ?? null)}
      onDragCancel={() => setDragged(null)}
      onDragEnd={drop}
    >
      <div className={classes.board} tabIndex={0} role="group" aria-label={t("pipeline.board")}>
        {columns
          .filter((c) => ended || !c.final)
          .map((c) => (
            <BoardColumn key={c.state} column={c} columns={columns} movable={movable} onMove={onMove} />
          ))}
      </div>
      <DragOverlay dropAnimation={null}>{dragged && <FileCard file={dragged} lifted />}</DragOverlay>
    </DndContext>
  );
}

const find = (columns: Column[], id: string) => columns.flatMap((c) => c.items ?? []).find((f) => f.id === id);

function Waiting() {
  return (
    <div className={classes.board} aria-busy="true">
      {[3, 2, 4, 1, 2].map((n, i) => (
        <div key={i} className={classes.column}>
          <Skeleton height={20} width="60%" mb="sm" />
          {Array.from({ length: n }, (_, j) => (
            <Skeleton key={j} height={96} mb="xs" />
          ))}
        </div>
      ))}
    </div>
  );
}
