import "@xyflow/react/dist/base.css";
import { ActionIcon, Group } from "@mantine/core";
import { useElementSize } from "@mantine/hooks";
import { IconArrowsMaximize, IconMinus, IconPlus, IconSchemaOff } from "@tabler/icons-react";
import { type Edge, type EdgeProps, Handle, type Node, type NodeProps, Position, ReactFlow, ReactFlowProvider, useReactFlow } from "@xyflow/react";
import { useQuery } from "@tanstack/react-query";
import { useEffect, useMemo } from "react";
import { useTranslation } from "react-i18next";
import type { Diagram } from "~/api/types";
import { EmptyState } from "~/ui/EmptyState";
import { useLanguage } from "~/ui/language";
import { Loading } from "~/ui/Loading";
import classes from "./diagram.module.css";
import { layOut, lineHeight, type Placed } from "./layout";
import { pictureOf } from "./picture";
import { useDiagramWords } from "./words";

type Props = { diagram: Diagram; lit: string[]; onOpen: (line: number) => void };

/** The picture of a template. It is looked at, not edited: a click on a state or a line leads to it in the text. */
export default function DiagramView(props: Props) {
  return (
    <ReactFlowProvider>
      <Picture {...props} />
    </ReactFlowProvider>
  );
}

type Shape = Node<{ box: Placed["boxes"][number]; lit: boolean }, "state">;
type Route = Edge<{ line: Placed["lines"][number]; lit: boolean }, "route">;

function Picture({ diagram, lit, onOpen }: Props) {
  const { t } = useTranslation();
  const { say, language } = useLanguage();
  const words = useDiagramWords();
  const flow = useReactFlow();
  const { ref, width, height } = useElementSize();
  const placed = useQuery({
    queryKey: ["workflow-picture", language, diagram],
    queryFn: () => {
      const { boxes, lines } = pictureOf(diagram);
      const hints = (stays: (typeof boxes)[number]["stays"]) => [...new Set(stays.map((s) => `↻ ${words.event(s)}`))];
      return layOut(boxes, lines, (b) => ({ label: say(b.title), hints: hints(b.stays) }), words.label);
    },
    staleTime: Number.POSITIVE_INFINITY,
    placeholderData: (before) => before,
  });
  const { nodes, edges } = useMemo(() => drawn(placed.data, new Set(lit)), [placed.data, lit]);
  const fit = () => void flow.fitView({ padding: 0.04 });
  useEffect(() => {
    if (placed.data && width > 0) void flow.fitView({ padding: 0.04 });
  }, [flow, placed.data, width, height]);

  if (placed.isError) {
    return (
      <EmptyState compact icon={IconSchemaOff} title={t("workflow.diagram.failed")}>
        {t("workflow.diagram.failed_hint")}
      </EmptyState>
    );
  }
  return (
    <div className={classes.frame}>
      <div ref={ref} className={classes.canvas} role="img" aria-label={t("workflow.diagram.label", { states: (diagram.states ?? []).length, transitions: (diagram.transitions ?? []).length })} aria-busy={placed.isPending || undefined}>
        {placed.isPending ? (
          <Loading rows={8} />
        ) : (
          <ReactFlow
            nodes={nodes}
            edges={edges}
            nodeTypes={nodeTypes}
            edgeTypes={edgeTypes}
            minZoom={0.15}
            maxZoom={2}
            nodesDraggable={false}
            nodesConnectable={false}
            nodesFocusable={false}
            edgesFocusable={false}
            elementsSelectable={false}
            disableKeyboardA11y
            zoomOnScroll={false}
            preventScrolling={false}
            zoomOnDoubleClick={false}
            proOptions={{ hideAttribution: true }}
            onNodeClick={(_, node) => onOpen(node.data.box.line)}
            onEdgeClick={(_, edge) => onOpen(edge.data!.line.carries[0]!.transition.line)}
          />
        )}
      </div>
      <Group gap={4} className={classes.tools}>
        <ActionIcon variant="default" aria-label={t("workflow.diagram.zoom_in")} onClick={() => void flow.zoomIn()}>
          <IconPlus size={16} aria-hidden />
        </ActionIcon>
        <ActionIcon variant="default" aria-label={t("workflow.diagram.zoom_out")} onClick={() => void flow.zoomOut()}>
          <IconMinus size={16} aria-hidden />
        </ActionIcon>
        <ActionIcon variant="default" aria-label={t("workflow.diagram.fit")} onClick={fit}>
          <IconArrowsMaximize size={16} aria-hidden />
        </ActionIcon>
      </Group>
    </div>
  );
}

function drawn(placed: Placed | undefined, lit: Set<string>): { nodes: Shape[]; edges: Route[] } {
  return {
    nodes: (placed?.boxes ?? []).map((box) => ({
      id: box.id,
      type: "state",
      position: { x: box.x, y: box.y },
      ...(box.parent !== null ? { parentId: box.parent } : {}),
      width: box.width,
      height: box.height,
      data: { box, lit: lit.has(box.id) },
    })),
    edges: (placed?.lines ?? []).map((line) => ({
      id: line.id,
      type: "route",
      source: line.from,
      target: line.to,
      zIndex: 10,
      data: { line, lit: line.carries.some((c) => lit.has(c.transition.id)) },
    })),
  };
}

function StateBox({ data: { box, lit } }: NodeProps<Shape>) {
  return (
    <div className={classes.box} data-kind={box.group ? "group" : box.kind} data-region={box.kind === "region" || undefined} data-outcome={box.outcome ?? undefined} data-initial={box.initial || undefined} data-lit={lit || undefined} data-state={box.id}>
      <Handle type="target" position={Position.Top} className={classes.handle} />
      <span>{box.label}</span>
      {box.hints.map((hint) => (
        <small key={hint} style={{ lineHeight: `${lineHeight}px` }}>
          {hint}
        </small>
      ))}
      <Handle type="source" position={Position.Bottom} className={classes.handle} />
    </div>
  );
}

function RouteLine({ data }: EdgeProps<Route>) {
  const { line, lit } = data!;
  const path = rounded(line.points);
  const end = line.points.at(-1);
  const before = line.points.at(-2);
  const way = line.carries.every((c) => c.transition.otherwise) ? "5 4" : undefined;
  return (
    <g className={classes.line} data-lit={lit || undefined} data-transition={line.carries.map((c) => c.transition.id).join(" ")}>
      <path d={path} className={classes.grip} />
      <path d={path} className={classes.route} strokeDasharray={way} />
      {end && before && <path d="M0,0 L-8,-4 L-8,4 Z" className={classes.tip} transform={`translate(${end.x},${end.y}) rotate(${(Math.atan2(end.y - before.y, end.x - before.x) * 180) / Math.PI})`} />}
      {line.at && (
        <g transform={`translate(${line.at.x},${line.at.y})`}>
          <rect className={classes.plate} width={line.at.width} height={line.label.split("\n").length * lineHeight} rx={3} />
          {line.label.split("\n").map((row, i) => (
            <text key={row} x={line.at!.width / 2} y={i * lineHeight + 12} className={classes.label}>
              {row}
            </text>
          ))}
        </g>
      )}
    </g>
  );
}

const nodeTypes = { state: StateBox };
const edgeTypes = { route: RouteLine };

/** A path through points at right angles, its corners rounded. */
function rounded(points: { x: number; y: number }[], radius = 6): string {
  const [first, ...rest] = points;
  if (!first) return "";
  let path = `M${first.x},${first.y}`;
  rest.forEach((p, i) => {
    const next = rest[i + 1];
    const before = points[i]!;
    if (!next) {
      path += ` L${p.x},${p.y}`;
      return;
    }
    const r = Math.min(radius, Math.hypot(p.x - before.x, p.y - before.y) / 2, Math.hypot(next.x - p.x, next.y - p.y) / 2);
    const towards = (q: { x: number; y: number }) => {
      const d = Math.hypot(q.x - p.x, q.y - p.y) || 1;
      return `${p.x + ((q.x - p.x) / d) * r},${p.y + ((q.y - p.y) / d) * r}`;
    };
    path += ` L${towards(before)} Q${p.x},${p.y} ${towards(next)}`;
  });
  return path;
}
