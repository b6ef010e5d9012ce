import { type Document, isAlias, isMap, isNode, isPair, isScalar, isSeq, type Node } from 'yaml'
import { camelKey } from './spelling.ts'

export type Path = readonly (string | number)[]

/** Where something in a YAML text stands, and its path as the user wrote it. */
export interface Place {
  readonly offset: number
  readonly path: string
}

/** The place of a path whose keys are in any spelling: of the key, or of the item of a list; else of the nearest there is. */
export function placeOf(document: Document, path: Path): Place {
  let offset = startOf(document.contents, 0)
  let node: unknown = document.contents
  const written: (string | number)[] = []
  for (const part of path) {
    if (isAlias(node)) node = node.resolve(document)
    if (isMap(node)) {
      const pair =
        node.items.find(({ key }) => keyOf(key) === part) ?? node.items.find(({ key }) => camelOf(key) === part)
      offset = startOf(pair?.key, offset)
      written.push(pair ? keyOf(pair.key) : part)
      node = pair?.value
    } else {
      node = isSeq(node) ? node.items[Number(part)] : undefined
      offset = startOf(node, offset)
      written.push(part)
    }
  }
  return { offset, path: pathText(written) }
}

/** The place of a node below its ancestors. */
export function placeBelow(ancestors: readonly unknown[], node: Node): Place {
  const nodes = [...ancestors, node]
  const path = nodes.flatMap<string | number>((parent, i) => {
    if (isPair(parent)) return [keyOf(parent.key)]
    return isSeq(parent) ? [parent.items.indexOf(nodes[i + 1])] : []
  })
  return { offset: startOf(node, 0), path: pathText(path) }
}

function pathText(path: Path): string {
  const text = path.map((part) => (typeof part === 'number' ? `[${part}]` : `.${part}`)).join('')
  return text.replace(/^\./, '') || 'flow'
}

function startOf(node: unknown, otherwise: number): number {
  return isNode(node) ? (node.range?.[0] ?? otherwise) : otherwise
}

function keyOf(key: unknown): string {
  return String(isScalar(key) ? key.value : key)
}

function camelOf(key: unknown): string {
  return camelKey(keyOf(key))
}
