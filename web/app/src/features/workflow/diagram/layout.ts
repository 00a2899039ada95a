import ELK, { type ElkNode } from "elkjs/lib/elk-api";
import worker from "elkjs/lib/elk-worker.min.js?url";
import type { Box, Line } from "./picture";

/** Where things stand: boxes relative to the one around them, lines and labels in the whole picture. */
export type Placed = {
  boxes: (Box & { x: number; y: number; width: number; height: number; label: string; hints: string[] })[];
  lines: (Line & { points: { x: number; y: number }[]; label: string; at: { x: number; y: number; width: number } | null })[];
};

type Words = { label: string; hints: string[] };

/** Spacing and order, the same at every level. */
const inside = {
  "elk.spacing.nodeNode": "28",
  "elk.spacing.edgeNode": "16",
  "elk.spacing.edgeEdge": "12",
  "elk.spacing.edgeLabel": "4",
  "elk.layered.spacing.nodeNodeBetweenLayers": "20",
  "elk.layered.spacing.edgeNodeBetweenLayers": "10",
  "elk.layered.cycleBreaking.strategy": "DEPTH_FIRST", // the way a file goes runs down the page, what sends it back runs up
  "elk.layered.nodePlacement.strategy": "NETWORK_SIMPLEX",
};

const root = { ...inside, "elk.algorithm": "layered", "elk.direction": "DOWN", "elk.hierarchyHandling": "INCLUDE_CHILDREN", "elk.json.edgeCoords": "ROOT", "elk.edgeRouting": "ORTHOGONAL" };

const group = { ...inside, "elk.padding": "[top=34,left=14,bottom=14,right=14]" };

export const lineHeight = 16;
const widthOf = (text: string, size = 13) => Math.ceil(text.length * size * 0.5);

let elk: InstanceType<typeof ELK> | null = null;

/** Lays a picture out, in a worker: a large template holds nothing up. */
export async function layOut(boxes: Box[], lines: Line[], wordsOf: (box: Box) => Words, labelOf: (line: Line) => string): Promise<Placed> {
  elk ??= new ELK({ workerFactory: () => new Worker(worker) });
  const nodes = new Map<string, ElkNode>();
  const words = new Map(boxes.map((b) => [b.id, wordsOf(b)]));
  const top: ElkNode = { id: "\u0000root", layoutOptions: root, children: [], edges: [] };
  for (const box of boxes) {
    const { label, hints } = words.get(box.id)!;
    const width = Math.max(72, widthOf(label) + 28, ...hints.map((h) => widthOf(h, 12) + 24));
    const node: ElkNode = box.group ? { id: box.id, layoutOptions: { ...group, "elk.nodeSize.constraints": "MINIMUM_SIZE", "elk.nodeSize.minimum": `(${width},60)` }, children: [] } : { id: box.id, width, height: 34 + hints.length * lineHeight };
    nodes.set(box.id, node);
    ((box.parent !== null && nodes.get(box.parent)) || top).children!.push(node);
  }
  top.edges = lines.map((line) => {
    const label = labelOf(line);
    const rows = label.split("\n");
    return { id: line.id, sources: [line.from], targets: [line.to], labels: label ? [{ text: label, width: Math.max(...rows.map((r) => widthOf(r, 12))) + 8, height: rows.length * lineHeight }] : [] };
  });
  const done = await elk.layout(top);
  const edges = new Map((done.edges ?? []).map((e) => [e.id, e]));
  const found = new Map<string, ElkNode>();
  const walk = (node: ElkNode) => {
    found.set(node.id, node);
    node.children?.forEach(walk);
  };
  walk(done);
  return {
    boxes: boxes.map((box) => {
      const at = found.get(box.id)!;
      return { ...box, ...words.get(box.id)!, x: at.x ?? 0, y: at.y ?? 0, width: at.width ?? 0, height: at.height ?? 0 };
    }),
    lines: lines.map((line) => {
      const edge = edges.get(line.id);
      const points = (edge?.sections ?? []).flatMap((s) => [s.startPoint, ...(s.bendPoints ?? []), s.endPoint]);
      const label = edge?.labels?.[0];
      return { ...line, points, label: label?.text ?? "", at: label ? { x: label.x ?? 0, y: label.y ?? 0, width: label.width ?? 0 } : null };
    }),
  };
}
