import { type Document, LineCounter, parseDocument, visit } from 'yaml'
import { FlowError } from '../proto/index.ts'
import { mistakesOf } from './mistakes.ts'
import { type Path, type Place, placeBelow, placeOf } from './places.ts'
import { type YamlFlow, yamlFlow } from './schema.ts'
import { respell, suggestion } from './spelling.ts'
import { type Env, substitute } from './variables.ts'

/** A flow's YAML text that knows where in it everything stands, and gathers all that is wrong. */
export class Source {
  readonly #file: string
  readonly #lines = new LineCounter()
  readonly #document: Document
  readonly #mistakes: { offset: number; text: string }[] = []
  /** Paths whose variable is not set: what else is wrong there follows from it. */
  readonly #unset = new Set<string>()

  constructor(text: string, file: string, env: Env) {
    this.#file = file
    this.#document = parseDocument(text, { lineCounter: this.#lines, prettyErrors: false, merge: true })
    for (const { message, pos } of this.#document.errors) this.#mistakes.push({ offset: pos[0], text: message })
    this.#resolve(env)
  }

  /** @throws {FlowError} INVALID_ARGUMENT with all mistakes */
  read(): YamlFlow {
    const spec = this.#values()
    if (spec !== undefined) this.#check(spec)
    if (this.#mistakes.length > 0) throw new FlowError('INVALID_ARGUMENT', this.#text())
    return spec as YamlFlow
  }

  /** Puts in what stands for something else: tags, variables, aliases. */
  #resolve(env: Env): void {
    visit(this.#document, {
      Map: (_, node) => {
        // Jina's `!Flow` says the same as `jtype: Flow`
        if (/^![^!]/.test(node.tag ?? '') && !node.has('jtype')) node.set('jtype', node.tag?.slice(1))
      },
      Scalar: (role, node, ancestors) => {
        // keys are names: `$eq` is an operator of a filter, not a variable
        if (role === 'key') return
        const place = placeBelow(ancestors, node)
        for (const name of substitute(node, env)) {
          this.#mistake(place, `the variable ${name} is not set`)
          this.#unset.add(place.path)
        }
      },
      Alias: (_, node, ancestors) => {
        if (node.resolve(this.#document)) return
        this.#mistake(placeBelow(ancestors, node), `there is no anchor &${node.source} before`)
      },
    })
  }

  /** As plain values in our spelling; undefined where the text is too broken to say what it means. */
  #values(): unknown {
    if (this.#document.errors.some(({ code }) => code !== 'DUPLICATE_KEY')) return undefined
    try {
      const onTwice = (path: Path, other: string) => this.#mistakeAt(path, `says the same as ${other}: keep one`)
      return respell(this.#document.toJS() ?? {}, yamlFlow, onTwice)
    } catch (error) {
      // aliases without an anchor are told already; the other thing that stops here is aliases without end
      if (this.#mistakes.length === 0) this.#mistakeAt([], FlowError.from(error).reason)
      return undefined
    }
  }

  #check(spec: unknown): void {
    const { error } = yamlFlow.safeParse(spec, { reportInput: true })
    for (const { path, text } of mistakesOf(error?.issues ?? [], yamlFlow)) this.#mistakeAt(path, text)
    this.#checkNames(spec)
  }

  // also where other things are wrong, so what is checked here may be of any type
  #checkNames(spec: unknown): void {
    const { executors, deployments } = spec as Record<string, unknown>
    if (executors !== undefined && deployments !== undefined) {
      this.#mistakeAt(['deployments'], 'says the same as executors: keep one')
    }
    const key = executors === undefined ? 'deployments' : 'executors'
    const list = executors ?? deployments
    const names = ['gateway']
    for (const [i, deployment] of (Array.isArray(list) ? list : []).entries()) {
      const { name = `executor${i}`, needs } = (deployment ?? {}) as Record<string, unknown>
      for (const [j, need] of [needs].flat().entries()) {
        if (typeof need !== 'string' || names.includes(need)) continue
        const path = Array.isArray(needs) ? [key, i, 'needs', j] : [key, i, 'needs']
        this.#mistakeAt(path, `no executor before it is named "${need}"${suggestion(need, names)}`)
      }
      if (typeof name !== 'string') continue
      if (name === 'gateway') this.#mistakeAt([key, i, 'name'], '"gateway" is the name of the gateway')
      else if (names.includes(name)) this.#mistakeAt([key, i, 'name'], `there is another "${name}"`)
      names.push(name)
    }
  }

  #mistakeAt(path: Path, text: string): void {
    const place = placeOf(this.#document, path)
    if (!this.#unset.has(place.path)) this.#mistake(place, text)
  }

  #mistake({ offset, path }: Place, text: string): void {
    this.#mistakes.push({ offset, text: `${path}: ${text}` })
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
