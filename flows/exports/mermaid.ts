import type { FlowDescription } from './description.ts'
import { type DrawnEdge, type DrawnNode, drawingOf } from './drawing.ts'

/** The flow as Mermaid's text, which GitHub and many editors draw. */
export function flowchartMermaid(flow: FlowDescription): string {
  const { title, nodes, edges } = drawingOf(flow)
  const classOf = ({ id, kind, floating }: DrawnNode) => `  class ${id} ${floating ? 'floating' : kind}`
  const lines = [
    `---\ntitle: ${JSON.stringify(title)}\n---`,
    'flowchart LR',
    ...nodes.map(nodeLine),
    ...edges.map(edgeLine),
    '  classDef gateway fill:#e6f0ff,stroke:#3a6fc4',
    '  classDef executor fill:#eef7ee,stroke:#3d8b40',
    '  classDef external fill:#fff3e0,stroke:#b8741a',
    '  classDef floating fill:#f6f6f6,stroke:#888,stroke-dasharray:5 4',
    ...nodes.map(classOf),
  ]
  return `${lines.join('\n')}\n`
}

function nodeLine({ id, title, lines, kind, replicas, shards }: DrawnNode): string {
  const text = `"${[`<b>${escaped(title)}</b>`, ...lines.map(escaped)].join('<br/>')}"`
  if (kind === 'gateway') return `  ${id}([${text}])`
  // several of one kind have the shape of several
  return replicas > 1 || shards > 1 ? `  ${id}[[${text}]]` : `  ${id}[${text}]`
}

function edgeLine({ from, to, condition, floating }: DrawnEdge): string {
  const label = condition === undefined ? '' : `|"${escaped(condition)}"|`
  return `  ${from} ${floating ? '-.->' : '-->'}${label} ${to}`
}

// Mermaid's own escapes: its text is HTML, and `#` begins a code
function escaped(text: string): string {
  return text.replace(/[#"&<>`|\\[\](){}]/g, (sign) => `#${sign.charCodeAt(0)};`)
}
