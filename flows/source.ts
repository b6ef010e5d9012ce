import { type Document, isMap, LineCounter, type Node, parseDocument, visit } from 'yaml'
import type { z } from 'zod'
import { FlowError } from '../proto/index.ts'
import { mistakesOf } from './mistakes.ts'
import { type Path, type Place, placeBelow, placeOf } from './places.ts'
import { respell } from './spelling.ts'
import { dereference, substitute, type Variables } from './variables.ts'

/** References may lead to others: so often they are followed, as in Jina. */
const PASSES = 3

/** A YAML text that knows where in it everything stands, and gathers all that is wrong. */
export class Source<Schema extends z.ZodType> {
  readonly #file: string
  readonly #schema: Schema
  readonly #lines = new LineCounter()
  readonly #document: Document
  readonly #mistakes: (Place & { readonly text: string })[] = []
  readonly #elsewhere: string[] = []
  /** Paths whose variable is not set: what else is wrong there follows from it. */
  readonly #unset = new Set<string>()

  constructor(text: string, file: string, schema: Schema, variables: Variables = {}) {
    this.#file = file
    this.#schema = schema
    this.#document = parseDocument(text, { lineCounter: this.#lines, prettyErrors: false, merge: true })
    for (const { message, pos } of this.#document.errors) this.#mistake({ offset: pos[0], path: '' }, message)
    this.#resolve(variables)
  }

  /**
   * @param check - looks for more mistakes, also where other things are wrong: what it is given may be of any type
   * @throws {FlowError} INVALID_ARGUMENT with all mistakes
   */
  read(check?: (spec: unknown, mistake: (path: Path, text: string) => void) => void): z.input<Schema> {
    const spec = this.#values()
    if (spec !== undefined) {
      const { error } = this.#schema.safeParse(spec, { reportInput: true })
      for (const { path, text } of mistakesOf(error?.issues ?? [], this.#schema)) this.mistakeAt(path, text)
      check?.(spec, (path, text) => this.mistakeAt(path, text))
    }
    this.complain()
    return spec as z.input<Schema>
  }

  /** `file:line:col path` of what stands at a path. */
  placeOf(path: Path): string {
    return this.#told(placeOf(this.#document, path))
  }

  mistakeAt(path: Path, text: string): void {
    const place = placeOf(this.#document, path)
    if (!this.#unset.has(place.path)) this.#mistake(place, text)
  }

  /** Mistakes of a text that this one refers to. */
  mistakesElsewhere(lines: string): void {
    this.#elsewhere.push(lines)
  }

  /** @throws {FlowError} INVALID_ARGUMENT with all mistakes, if there are any */
  complain(): void {
    if (this.#mistakes.length + this.#elsewhere.length === 0) return
    const sorted = this.#mistakes.sort((a, b) => a.offset - b.offset)
    const lines = sorted.map(({ text, ...place }) =>
      place.path ? `${this.#told(place)}: ${text}` : this.#told(place) + text,
    )
    throw new FlowError('INVALID_ARGUMENT', [...lines, ...this.#elsewhere].join('\n'))
  }

  /** Puts in what stands for something else: tags, variables, references, aliases. */
  #resolve(variables: Variables): void {
    visit(this.#document, {
      Map: (_, node) => {
        // Jina's `!Flow` says the same as `jtype: Flow`
        if (/^![^!]/.test(node.tag ?? '') && !node.has('jtype')) node.set('jtype', node.tag?.slice(1))
      },
      Scalar: (role, node, ancestors) => {
        // keys are names: `$eq` is an operator of a filter, not a variable
        if (role === 'key') return
        for (const missing of substitute(node, variables)) this.#missing(placeBelow(ancestors, node), missing)
      },
      Alias: (_, node, ancestors) => {
        if (node.resolve(this.#document)) return
        this.#mistake(placeBelow(ancestors, node), `there is no anchor &${node.source} before`)
      },
    })
    for (let pass = 1; pass <= PASSES; pass++) this.#dereference(pass === PASSES)
  }

  #dereference(last: boolean): void {
    visit(this.#document, {
      Scalar: (role, node, ancestors) => {
        if (role === 'key') return
        const around = ancestors.findLast((ancestor) => isMap(ancestor))
        const missing = dereference(node, (path) => this.#valueAt(path, around as Node | undefined))
        if (last) for (const what of missing) this.#missing(placeBelow(ancestors, node), what)
      },
    })
  }

  /** The value at `root.a[0].b`, or at `this.key` of the map around. */
  #valueAt(path: string, around: Node | undefined): unknown {
    const [start, ...keys] = path.split(/[.[\]]+/).filter(Boolean)
    let value: unknown = start === 'this' ? around?.toJS(this.#document) : this.#document.toJS()
    for (const key of keys) {
      if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined
      value = (value as Record<string, unknown>)[key]
    }
    return value
  }

  /** As plain values in our spelling; undefined where the text is too broken to say what it means. */
  #values(): unknown {
    if (this.#document.errors.some(({ code }) => code !== 'DUPLICATE_KEY')) return undefined
    try {
      const onTwice = (path: Path, other: string) => this.mistakeAt(path, `says the same as ${other}: keep one`)
      return respell(this.#document.toJS() ?? {}, this.#schema, onTwice)
    } catch (error) {
      // aliases without an anchor are told already; the other thing that stops here is aliases without end
      if (this.#mistakes.length === 0) this.mistakeAt([], FlowError.from(error).reason)
      return undefined
    }
  }

  #missing(place: Place, what: string): void {
    this.#mistake(place, what)
    this.#unset.add(place.path)
  }

  #mistake(place: Place, text: string): void {
    this.#mistakes.push({ ...place, text })
  }

  #told({ offset, path }: Place): string {
    const { line, col } = this.#lines.linePos(offset)
    return `${this.#file}:${line}:${col} ${path}`
  }
}
