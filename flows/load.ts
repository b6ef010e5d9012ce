import { readFile } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { closest, distance } from 'fastest-levenshtein'
import {
  type Document,
  isMap,
  isNode,
  isPair,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseDocument,
  visit,
} from 'yaml'
import type { z } from 'zod'
import { FlowError } from '../proto/index.ts'
import { Flow } from './flow.ts'
import type { FlowOptions } from './options.ts'
import { camelKey, isOpaque, type YamlFlow, yamlFlow } from './schema.ts'
import { substitute } from './variables.ts'

type Env = Readonly<Record<string, string | undefined>>
type Path = readonly (string | number)[]

/**
 * Reads a flow from a YAML file; relative `uses` start at its folder.
 * @throws {FlowError} NOT_FOUND for no such file, INVALID_ARGUMENT with one line `file:line:col path: what` for each mistake
 */
export async function loadFlow(file: string, env: Env = {}): Promise<Flow> {
  let text: string
  try {
    text = await readFile(file, 'utf8')
  } catch (error) {
    throw new FlowError('NOT_FOUND', `no flow at ${file}: ${FlowError.from(error).reason}`, { cause: error })
  }
  return parseFlow(text, file, env)
}

/** As {@link loadFlow}, from text; `file` names it in messages. */
export function parseFlow(text: string, file: string, env: Env = {}): Flow {
  const source = new Source(text, file, env)
  const spec = source.read()
  const flow = new Flow({ ...spec.with, ...spec.gateway } as FlowOptions, dirname(resolve(file)))
  for (const { uses, usesWith, ...deployment } of spec.executors ?? spec.deployments ?? []) {
    const inline =
      typeof uses === 'object' ? { uses: uses.jtype, usesWith: { ...uses.with, ...usesWith } } : { uses, usesWith }
    flow.add(JSON.parse(JSON.stringify({ ...deployment, ...inline })))
  }
  return flow
}

/** A YAML text that knows where in it everything stands. */
class Source {
  readonly #file: string
  readonly #lines = new LineCounter()
  readonly #document: Document
  readonly #mistakes: { offset: number; text: string }[] = []
  /** Places whose variable is not set: what is wrong with their values follows from it. */
  readonly #unset = new Set<string>()

  constructor(text: string, file: string, env: Env) {
    this.#file = file
    // Jina's `!Flow` says the same as `jtype: Flow`
    this.#document = parseDocument(text.replace(/^!Flow\b/m, ''), { lineCounter: this.#lines, prettyErrors: false })
    for (const { message, pos } of this.#document.errors) this.#mistake(pos[0], message)
    if (/^!Flow\b/m.test(text) && isMap(this.#document.contents)) this.#document.set('jtype', 'Flow')
    visit(this.#document, {
      Scalar: (_, node, ancestors) => {
        const place = pathOf([...ancestors, node])
        for (const name of substitute(node, env)) {
          this.#mistake(node.range?.[0] ?? 0, `${place}: the variable ${name} is not set`)
          this.#unset.add(camelKey(place))
        }
      },
    })
  }

  /** @throws {FlowError} with all mistakes */
  read(): YamlFlow {
    const spec = plain(this.#document.contents)
    const { data, error } = yamlFlow.safeParse(spec)
    if (this.#document.errors.length === 0) {
      for (const issue of error?.issues ?? []) this.#report(issue)
      this.#checkNames(spec)
    }
    if (this.#mistakes.length > 0) throw new FlowError('INVALID_ARGUMENT', this.#text())
    return data as YamlFlow
  }

  #report(issue: z.core.$ZodIssue): void {
    const path = issue.path as Path
    if (this.#unset.has(pathText(path))) return
    if (issue.code === 'unrecognized_keys') {
      for (const key of issue.keys) this.#mistakeAt([...path, key], `unknown key${suggestion(key, keysAt(path))}`)
    } else if (issue.code === 'invalid_union') {
      this.#mistakeAt(path, unionText(issue))
    } else {
      this.#mistakeAt(path, issue.message)
    }
  }

  // also where other things are wrong, so what is checked here may be of any type
  #checkNames(spec: unknown): void {
    const { executors, deployments } = (spec ?? {}) as Record<string, unknown>
    const key = executors ? 'executors' : 'deployments'
    const list = executors ?? deployments
    const names = ['gateway']
    for (const [i, deployment] of (Array.isArray(list) ? list : []).entries()) {
      const { name = `executor${i}`, needs = [] } = (deployment ?? {}) as Record<string, unknown>
      if (names.includes(String(name))) this.#mistakeAt([key, i, 'name'], `there is another "${name}"`)
      for (const need of [needs].flat().map(String)) {
        if (names.includes(need)) continue
        this.#mistakeAt([key, i, 'needs'], `no executor before it is named "${need}"${suggestion(need, names)}`)
      }
      names.push(String(name))
    }
  }

  #mistakeAt(path: Path, text: string): void {
    this.#mistake(offsetOf(this.#document.contents, path), `${pathText(path) || 'flow'}: ${text}`)
  }

  #mistake(offset: number, text: string): void {
    this.#mistakes.push({ offset, text })
  }

  #text(): string {
    const lines = this.#mistakes.sort((a, b) => a.offset - b.offset)
    return lines
      .map(({ offset, text }) => {
        const { line, col } = this.#lines.linePos(offset)
        return `${this.#file}:${line}:${col} ${text}`
      })
      .join('\n')
  }
}

/** Nodes as plain values, keys in camelCase but where they are users' own. */
function plain(node: unknown, opaque = false): unknown {
  if (isScalar(node)) return node.value
  if (isSeq(node)) return node.items.map((item) => plain(item, opaque))
  if (!isMap(node)) return isNode(node) ? node.toJSON() : node
  return Object.fromEntries(
    node.items.map(({ key, value }) => {
      const name = String(isScalar(key) ? key.value : key)
      return [opaque ? name : camelKey(name), plain(value, opaque || isOpaque(name))]
    }),
  )
}

/** Where the value at a path begins, or the key itself where it is wrong; else its parent. */
function offsetOf(root: unknown, path: Path): number {
  let offset = (root as Node | null)?.range?.[0] ?? 0
  let node = root
  for (const part of path) {
    if (isMap(node)) {
      const pair = node.items.find(({ key }) => isScalar(key) && camelKey(String(key.value)) === camelKey(String(part)))
      if (!pair) return offset
      offset = (pair.key as Node).range?.[0] ?? offset
      node = pair.value
    } else if (isSeq(node)) {
      node = node.items[Number(part)]
      offset = (node as Node | undefined)?.range?.[0] ?? offset
    }
  }
  return offset
}

function pathOf(nodes: readonly unknown[]): string {
  const path: (string | number)[] = []
  for (const [i, node] of nodes.entries()) {
    if (isPair(node) && isScalar(node.key)) path.push(String(node.key.value))
    if (isSeq(node)) path.push(node.items.indexOf(nodes[i + 1] as Node))
  }
  return pathText(path)
}

function pathText(path: Path): string {
  return path.reduce<string>(
    (text, part) => (typeof part === 'number' ? `${text}[${part}]` : text ? `${text}.${part}` : part),
    '',
  )
}

/** The keys that a place in a flow may have. */
function keysAt(path: Path): string[] {
  let schema: unknown = yamlFlow
  for (const part of path) {
    schema = unwrap(schema)
    const { shape, element } = schema as { shape?: Record<string, unknown>; element?: unknown }
    schema = typeof part === 'number' ? element : shape?.[part]
  }
  return Object.keys((unwrap(schema) as { shape?: object } | undefined)?.shape ?? {})
}

function unwrap(schema: unknown): unknown {
  const inner = (schema as { unwrap?: () => unknown } | undefined)?.unwrap
  return typeof inner === 'function' && !(schema as { element?: unknown }).element ? unwrap(inner.call(schema)) : schema
}

function unionText(issue: z.core.$ZodIssue & { errors?: readonly (readonly z.core.$ZodIssue[])[] }): string {
  const texts = issue.errors?.flatMap((issues) => issues.map(({ message }) => message)) ?? []
  const expected = texts.map((text) => /^Invalid input: expected (\w+), received (\w+)$/.exec(text))
  if (expected.length > 0 && expected.every(Boolean)) {
    return `expected ${expected.map((found) => found?.[1]).join(' or ')}, received ${expected[0]?.[2]}`
  }
  return [...new Set(texts)].join(', or ') || issue.message
}

function suggestion(word: string, known: readonly string[]): string {
  if (known.length === 0) return ''
  const best = closest(camelKey(word), [...known])
  return word.length > 2 && distance(camelKey(word), best) <= Math.max(1, word.length / 3)
    ? ` (did you mean "${best}"?)`
    : ''
}
