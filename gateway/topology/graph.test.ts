import { describe, expect, it } from 'vitest'
import { createGraph } from './graph.ts'
import type { NodeSpec } from './spec.ts'

function told(specs: NodeSpec[]) {
  const { nodes, exit, order, loose } = createGraph(specs)
  const name = (position: number) => (position < 0 ? 'gateway' : nodes[position]?.spec.name)
  return {
    nodes: nodes.map(({ spec, inputs, floating }) => `${inputs.map(name)}>${spec.name}${floating ? '~' : ''}`),
    exit: name(exit),
    order: order.map(name),
    loose,
  }
}

describe('a graph', () => {
  it('has each node after the last one that does not float, unless it says otherwise', () => {
    const { nodes, exit } = told([
      { name: 'a' },
      { name: 'f', floating: true },
      { name: 'b' },
      { name: 'c', needs: [] },
    ])
    expect(nodes).toEqual(['gateway>a', 'a>f~', 'a>b', 'b>c'])
    expect(exit).toBe('c')
  })

  it('takes needs in any order, and each of them once', () => {
    const specs = [
      { name: 'a', needs: ['b', 'gateway', 'b'] },
      { name: 'b', needs: ['gateway'] },
      { name: 'c', needs: ['a'] },
    ]
    expect(told(specs).nodes).toEqual(['gateway>b', 'b,gateway>a', 'a>c'])
  })

  it('ends at the last node that was added and does not float', () => {
    expect(
      told([
        { name: 'a', needs: ['b'] },
        { name: 'b', needs: ['gateway'] },
      ]),
    ).toMatchObject({
      exit: 'b',
      nodes: ['gateway>b', 'b>a~'],
      loose: ['a'],
    })
    expect(told([{ name: 'a', floating: true }]).exit).toBe('gateway')
  })

  it('waits for a floating node that an awaited one needs', () => {
    const specs = [
      { name: 'f', floating: true },
      { name: 'a', needs: ['f'] },
    ]
    expect(told(specs)).toMatchObject({ nodes: ['gateway>f', 'f>a'], loose: [] })
  })

  it('tells its nodes depth first, branches as they were added', () => {
    const specs = [
      { name: 'a' },
      { name: 'right', needs: ['a'] },
      { name: 'left', needs: ['a'] },
      { name: 'join', needs: ['left', 'right'] },
    ]
    expect(told(specs).order).toEqual(['a', 'right', 'join', 'left'])
  })

  it.each<[string, NodeSpec[], RegExp]>([
    ['a name given twice', [{ name: 'a' }, { name: 'a' }], /two nodes named "a"/],
    ['a node that needs itself', [{ name: 'a', needs: ['a'] }], /"a" needs itself/],
    [
      'a need that is none',
      [{ name: 'embed' }, { name: 'b', needs: ['embd'] }],
      /"b" needs "embd".*Did you mean "embed"\?/,
    ],
    [
      'a circle',
      [{ name: 'x' }, { name: 'a', needs: ['c'] }, { name: 'b', needs: ['a'] }, { name: 'c', needs: ['b'] }],
      /circle: a needs c needs b needs a/,
    ],
  ])('is refused with %s', (_, specs, message) => {
    expect(() => createGraph(specs)).toThrow(message)
  })
})
