import { describe, expect, it } from 'vitest'
import { tenNodes } from '../fixtures/described.ts'
import { Flow } from '../flow.ts'
import { flowchartMermaid } from './mermaid.ts'
import { flowchartSvg } from './svg.ts'

/** The first box of each node in the picture, by its title. */
function boxes(svg: string) {
  const nodes = [...svg.matchAll(/<g class="node ([^"]+)">(.*?)<\/g>/g)]
  return nodes.map(([, classes = '', inner = '']) => {
    const rects = [...inner.matchAll(/<rect x="([\d.]+)" y="([\d.]+)" width="([\d.]+)" height="([\d.]+)"/g)]
    const [x = 0, y = 0, width = 0, height = 0] = (rects.at(-1) as RegExpExecArray).slice(1).map(Number)
    const [, title = ''] = /<text class="name"[^>]*>([^<]*)/.exec(inner) ?? []
    return { title, classes: classes.split(' '), copies: rects.length, x, y, width, height }
  })
}

describe('a flowchart as SVG', () => {
  const svg = flowchartSvg(tenNodes())
  const found = boxes(svg)
  const one = (title: string) => found.find((box) => box.title === title)

  it('has a box for each deployment, the gateway and the answers, none over another and all within the picture', () => {
    expect(found).toHaveLength(12)
    const [, width, height] = (/viewBox="0 0 (\d+) (\d+)"/.exec(svg) as RegExpExecArray).map(Number) as [0, 0, 0]
    for (const [i, a] of found.entries()) {
      expect(a.x + a.width).toBeLessThan(width)
      expect(a.y + a.height).toBeLessThan(height)
      for (const b of found.slice(i + 1)) {
        const apart = a.x + a.width <= b.x || b.x + b.width <= a.x || a.y + a.height <= b.y || b.y + b.height <= a.y
        expect(apart, `${a.title} and ${b.title}`).toBe(true)
      }
    }
  })

  it('shows replicas as boxes behind one another, shards as parts, external and floating ones apart from others', () => {
    expect(one('embed')?.copies).toBe(3)
    expect(one('split')?.copies).toBe(1)
    expect(svg.match(/class="cells" d="[^"]*"/)?.[0].match(/V/g)).toHaveLength(3)
    expect(one('vision')?.classes).toContain('external')
    expect(svg).toContain('grpc://gpu-1:50052')
    expect(one('audit')?.classes).toContain('floating')
    expect(svg.match(/class="edge floating"/g)).toHaveLength(1)
  })

  it('shows conditions at the arrows that have them, and one arrow for each need', () => {
    expect(svg.match(/class="condition"/g)).toHaveLength(2)
    expect(svg).toContain('when kind = &#34;text&#34;')
    expect(svg.match(/class="edge/g)).toHaveLength(13)
  })

  it('says nothing in the words of XML that the flow did not mean as text', () => {
    const flow = new Flow({ name: '<script>&\u0000"' }).add({ name: 'a', uses: './</text>.ts' })
    const svg = flowchartSvg(flow.describe())
    for (const text of ['<script>', '</text>.ts', '\u0000']) expect(svg).not.toContain(text)
  })

  it('of a flow without executors shows that requests are answered as they are', () => {
    const svg = flowchartSvg(new Flow().describe())
    expect(boxes(svg).map(({ title }) => title)).toEqual(['gateway', 'answers'])
    expect(svg.match(/class="edge/g)).toHaveLength(1)
  })
})

describe('a flowchart as Mermaid', () => {
  const lines = flowchartMermaid(tenNodes()).split('\n')

  it('has the same boxes and arrows', () => {
    expect(lines).toContain('flowchart LR')
    expect(lines.filter((line) => /^ {2}\w+\(?\[/.test(line))).toHaveLength(12)
    expect(lines.filter((line) => /-->|-\.->/.test(line))).toHaveLength(13)
    expect(lines).toContain('  n6 -.-> n8')
    expect(lines).toContain('  n0 -->|"when kind = #34;text#34;"| n1')
  })
})
