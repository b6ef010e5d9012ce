import { Graph, layout } from '@dagrejs/dagre'
import type { FlowDescription } from './description.ts'
import { type Drawing, type DrawnEdge, type DrawnNode, drawingOf } from './drawing.ts'

// Sizes in the picture. Unit: px.
const [MARGIN, PADDING, LINE, TITLE_LINE, STACK, CELLS, MAX_TEXT] = [24, 14, 17, 20, 5, 12, 44]
const HEADING = 34
/** Widths of letters differ between machines' fonts: a little more than most have. */
const [LETTER, TITLE_LETTER] = [6.9, 8.3]

interface Point {
  readonly x: number
  readonly y: number
}
interface Box extends Point {
  readonly width: number
  readonly height: number
}

/** The flow as an SVG picture; it follows the reader's choice of light or dark. */
export function flowchartSvg(flow: FlowDescription): string {
  const drawing = drawingOf(flow)
  const graph = laidOut(drawing)
  const { width = 0, height = 0 } = graph.graph() as Partial<Box>
  const [w, h] = [Math.ceil(width), Math.ceil(height) + HEADING]
  const edges = drawing.edges.map((edge, i) => edgeSvg(edge, graph.edge(edge.from, edge.to, String(i)) as Route))
  const nodes = drawing.nodes.map((node) => nodeSvg(node, graph.node(node.id) as Box))
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${w} ${h}" width="${w}" height="${h}" role="img">
<title>${escaped(drawing.title)}</title>
<style>${STYLE}</style>
<defs><marker id="tip" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="7" markerHeight="7" orient="auto"><path class="tip" d="M0 0 10 5 0 10z"/></marker></defs>
<rect class="ground" width="${w}" height="${h}"/>
<text class="heading" x="${MARGIN}" y="${MARGIN + 6}">${escaped(short(drawing.title, 2 * MAX_TEXT))}</text>
<g transform="translate(0 ${HEADING})">
${[...edges, ...nodes].join('\n')}
</g>
</svg>
`
}

interface Route extends Partial<Box> {
  readonly points: readonly Point[]
}

function laidOut({ nodes, edges }: Drawing): Graph {
  const graph = new Graph({ multigraph: true })
  graph.setGraph({ rankdir: 'LR', ranksep: 56, nodesep: 26, edgesep: 18, marginx: MARGIN, marginy: MARGIN })
  graph.setDefaultEdgeLabel(() => ({}))
  for (const node of nodes) graph.setNode(node.id, sizeOf(node))
  for (const [i, { from, to, condition }] of edges.entries()) {
    const label = condition === undefined ? {} : { width: labelWidth(condition), height: 22, labelpos: 'c' }
    graph.setEdge(from, to, label, String(i))
  }
  layout(graph)
  return graph
}

function sizeOf({ title, lines, replicas, shards }: DrawnNode): Pick<Box, 'width' | 'height'> {
  const widest = Math.max(short(title).length * TITLE_LETTER, ...lines.map((line) => short(line).length * LETTER))
  const behind = behindOf(replicas) * STACK
  return {
    width: Math.max(96, widest + 2 * PADDING) + behind,
    height: 2 * PADDING + TITLE_LINE + lines.length * LINE + (shards > 1 ? CELLS : 0) - 6 + behind,
  }
}

/** How many boxes are seen behind the first. */
function behindOf(replicas: number): number {
  return Math.min(replicas - 1, 3)
}

function nodeSvg({ title, lines, kind, replicas, shards, floating }: DrawnNode, box: Box): string {
  const behind = behindOf(replicas)
  const [width, height] = [box.width - behind * STACK, box.height - behind * STACK]
  const [left, top] = [box.x - box.width / 2, box.y - box.height / 2 + behind * STACK]
  const round = kind === 'gateway' ? Math.min(22, height / 2) : 7
  const rect = (i: number) =>
    `<rect x="${px(left + i * STACK)}" y="${px(top - i * STACK)}" width="${px(width)}" height="${px(height)}" rx="${round}"/>`
  const rects = Array.from({ length: behind + 1 }, (_, i) => rect(behind - i))
  const middle = px(left + width / 2)
  const texts = lines.map((line, i) => {
    const y = top + PADDING + TITLE_LINE + 8 + i * LINE
    return `<text x="${middle}" y="${px(y)}">${clipped(line)}</text>`
  })
  const name = `<text class="name" x="${middle}" y="${px(top + PADDING + 11)}">${clipped(title)}</text>`
  const parts = shards > 1 ? cells({ x: left, y: top + height, width, height: CELLS }, shards) : ''
  return `<g class="node ${kind}${floating ? ' floating' : ''}">${rects.join('')}${parts}${name}${texts.join('')}</g>`
}

/** A strip at the bottom of a box with a cell for each shard; many are as narrow as they are. */
function cells({ x, y, width, height }: Box, count: number): string {
  const shown = Math.min(count, 16)
  const lines = Array.from({ length: shown - 1 }, (_, i) => {
    const at = px(x + ((i + 1) * width) / shown)
    return `M${at} ${px(y - height)}V${px(y)}`
  })
  return `<path class="cells" d="M${px(x)} ${px(y - height)}h${px(width)}${lines.join('')}"/>`
}

function edgeSvg({ condition, floating }: DrawnEdge, { points, x = 0, y = 0 }: Route): string {
  const line = `<path class="edge${floating ? ' floating' : ''}" d="${smooth(points)}" marker-end="url(#tip)"/>`
  if (condition === undefined) return line
  const width = labelWidth(condition)
  const place = `x="${px(x - width / 2)}" y="${px(y - 11)}" width="${px(width)}" height="22" rx="11"`
  return `${line}<g class="condition"><rect ${place}/><text x="${px(x)}" y="${px(y + 4)}">${clipped(condition)}</text></g>`
}

/** A line that turns at the middles between its points, and not at the points themselves. */
function smooth(points: readonly Point[]): string {
  const [first, ...others] = points
  const last = others.at(-1)
  if (!first || !last) return ''
  const turns = others.slice(0, -1).map((at, i) => {
    const next = others[i + 1] as Point
    const isEnd = i === others.length - 2
    const to = isEnd ? next : { x: (at.x + next.x) / 2, y: (at.y + next.y) / 2 }
    return `Q${px(at.x)} ${px(at.y)} ${px(to.x)} ${px(to.y)}`
  })
  return `M${px(first.x)} ${px(first.y)}${turns.length > 0 ? turns.join('') : `L${px(last.x)} ${px(last.y)}`}`
}

function labelWidth(text: string): number {
  return short(text).length * LETTER + 18
}

function px(value: number): string {
  return String(Math.round(value * 10) / 10)
}

function short(text: string, most = MAX_TEXT): string {
  return text.length > most ? `${text.slice(0, most - 1)}…` : text
}

/** Text that fits; the whole of it is shown to who points at it. */
function clipped(text: string): string {
  return short(text) === text ? escaped(text) : `<title>${escaped(text)}</title>${escaped(short(text))}`
}

function escaped(text: string): string {
  const sure = text.replace(/[\p{Cc}\p{Cs}\uFFFE\uFFFF]/gu, '\uFFFD')
  return sure.replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`)
}

const STYLE = `
text { font: 12px system-ui, "Segoe UI", "DejaVu Sans", sans-serif; text-anchor: middle; fill: #444 }
.ground { fill: #fff }
.heading { font-size: 16px; font-weight: 600; text-anchor: start; fill: #222 }
.name { font-size: 13.5px; font-weight: 600; fill: #111 }
.node rect { stroke-width: 1.4 }
.gateway rect { fill: #e6f0ff; stroke: #3a6fc4 }
.executor rect { fill: #eef7ee; stroke: #3d8b40 }
.external rect { fill: #fff3e0; stroke: #b8741a }
.node.floating rect { stroke-dasharray: 5 4 }
.cells { fill: none; stroke: #3d8b40; stroke-width: 1.2 }
.edge { fill: none; stroke: #777; stroke-width: 1.4 }
.edge.floating { stroke-dasharray: 5 4 }
.tip { fill: #777 }
.condition rect { fill: #fff8d6; stroke: #b59a2c }
@media (prefers-color-scheme: dark) {
  text { fill: #bbb } .ground { fill: #16181c } .heading, .name { fill: #eee }
  .gateway rect { fill: #1a2942; stroke: #6c9be0 } .executor rect { fill: #1b2e1c; stroke: #6cb36f }
  .external rect { fill: #382a14; stroke: #d9a050 } .cells { stroke: #6cb36f }
  .edge { stroke: #999 } .tip { fill: #999 } .condition rect { fill: #38331a; stroke: #b59a2c }
}`
