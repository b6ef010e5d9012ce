import { setTimeout as sleep } from 'node:timers/promises'
import { z } from 'zod'
import {
  type Context,
  Document,
  DocumentArray,
  Executor,
  NdArray,
  requests,
  type StandardSchema,
} from '../../../executors/index.ts'
import type { JsonObject, JsonValue } from '../../../proto/index.ts'
import { Raised } from '../raised.ts'

// The executors of ../shared/interop/flows/CONTRACT.md.

/** How much of the recorded sleeps is slept: the order of arrivals stays, and nobody waits for seconds. */
const PACE = 0.2

const base = { sleep: z.number().default(0) }

/** JSON with keys in the order of their code points. */
function dumps(value: JsonValue): string {
  if (Array.isArray(value)) return `[${value.map(dumps).join(',')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  const keys = Object.keys(value).sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
  return `{${keys.map((key) => `${JSON.stringify(key)}:${dumps(value[key] as JsonValue)}`).join(',')}}`
}

interface Sleeping {
  readonly sleep: number
}

class Base<Options extends Sleeping = Sleeping> extends Executor<Options> {
  static override options: StandardSchema = z.strictObject(base)

  protected async nap(): Promise<void> {
    if (this.options.sleep > 0) await sleep(this.options.sleep * 1000 * PACE)
  }
}

export class Nop extends Base {}

class Path extends Base {
  protected async mark(docs: DocumentArray): Promise<void> {
    await this.nap()
    for (const doc of docs) doc.tags.path = `${doc.tags.path ?? ''}${this.name}/`
  }
}

export class Tag extends Path {
  @requests(['/index', '/search'])
  tag(docs: DocumentArray): Promise<void> {
    return this.mark(docs)
  }
}

export class TagAll extends Path {
  @requests()
  tag(docs: DocumentArray): Promise<void> {
    return this.mark(docs)
  }
}

export class Upper extends Base {
  @requests(['/index', '/search', '/upper'])
  async upper(docs: DocumentArray): Promise<void> {
    await this.nap()
    for (const doc of docs) if (doc.text) doc.text = doc.text.toUpperCase()
  }
}

export class SetText extends Base<Sleeping & { text: string }> {
  static override options = z.strictObject({ ...base, text: z.string().default('x') })

  @requests()
  async set_text(docs: DocumentArray): Promise<void> {
    await this.nap()
    for (const doc of docs) doc.text = this.options.text
  }
}

const fields = z.strictObject({
  weight: z.number().optional(),
  uri: z.string().optional(),
  modality: z.string().optional(),
  mime_type: z.string().optional(),
  offset: z.number().optional(),
  granularity: z.int().optional(),
  adjacency: z.int().optional(),
  location: z.array(z.number()).optional(),
  tags: z.record(z.string(), z.json()).optional(),
})

export class SetField extends Base<Sleeping & { fields: z.output<typeof fields> }> {
  static override options = z.strictObject({ ...base, fields: fields.default({}) })

  @requests()
  async set_field(docs: DocumentArray): Promise<void> {
    await this.nap()
    for (const doc of docs) {
      for (const [name, value] of Object.entries(structuredClone(this.options.fields))) {
        const field = name === 'mime_type' ? 'mimeType' : name
        ;(doc as unknown as Record<string, unknown>)[field] = value
      }
    }
  }
}

export class Embed extends Base {
  @requests()
  async embed(docs: DocumentArray): Promise<void> {
    await this.nap()
    for (const doc of docs) doc.embedding = Float32Array.of([...doc.text].length, doc.text.codePointAt(0) ?? 0)
  }
}

const dtypes = { float32: 'f4', float64: 'f8', int32: 'i4', int64: 'i8', uint8: 'u1' } as const
const numbers = z.union([z.array(z.number()), z.array(z.array(z.number()))])

export class SetTensor extends Base<Sleeping & { values: z.output<typeof numbers>; dtype: keyof typeof dtypes }> {
  static override options = z.strictObject({
    ...base,
    values: numbers.default([1, 2]),
    dtype: z.enum(['float32', 'float64', 'int32', 'int64', 'uint8']).default('float64'),
  })

  @requests()
  async set_tensor(docs: DocumentArray): Promise<void> {
    await this.nap()
    const { values, dtype } = this.options
    for (const doc of docs) doc.tensor = NdArray.from(values, { dtype: dtypes[dtype] })
  }
}

export class SetBlob extends Base<Sleeping & { text: string }> {
  static override options = z.strictObject({ ...base, text: z.string().default('blob') })

  @requests()
  async set_blob(docs: DocumentArray): Promise<void> {
    await this.nap()
    for (const doc of docs) doc.blob = new TextEncoder().encode(this.options.text)
  }
}

export class SetScore extends Base<Sleeping & { key: string; value: number }> {
  static override options = z.strictObject({ ...base, key: z.string().default('s'), value: z.number().default(1) })

  @requests()
  async set_score(docs: DocumentArray): Promise<void> {
    await this.nap()
    const { key, value } = this.options
    for (const doc of docs) doc.scores[key] = { value, opName: this.name }
  }
}

interface Adding extends Sleeping {
  readonly label?: string | undefined
  readonly text?: string | undefined
  readonly per_shard: boolean
}

export class AddChunk extends Base<Adding> {
  static override options = z.strictObject({
    ...base,
    label: z.string().optional(),
    text: z.string().optional(),
    per_shard: z.boolean().default(false),
  })

  @requests()
  async add_chunk(docs: DocumentArray): Promise<void> {
    await this.nap()
    for (const doc of docs) doc.chunks.push(this.added(`${doc.id}-c`))
  }

  protected added(begin: string): Document {
    const { label, text, per_shard } = this.options
    const end = per_shard ? `-s${this.shard}` : ''
    return new Document({ id: `${begin}${label || this.name}${end}`, text: text || this.name })
  }
}

export class AddMatch extends AddChunk {
  @requests()
  override async add_chunk(docs: DocumentArray): Promise<void> {
    await this.nap()
    for (const doc of docs) doc.matches.push(this.added(`${doc.id}-m`))
  }
}

export class ChunkTag extends Base {
  @requests()
  async chunk_tag(docs: DocumentArray): Promise<void> {
    await this.nap()
    for (const doc of docs) {
      for (const [i, chunk] of doc.chunks.entries()) {
        chunk.weight = i + 1
        chunk.tags.by = this.name
      }
    }
  }
}

export class Drop extends Base<Sleeping & { every: number }> {
  static override options = z.strictObject({ ...base, every: z.int().default(2) })

  @requests()
  async drop(docs: DocumentArray): Promise<DocumentArray> {
    await this.nap()
    return docs.filter((_, i) => i % this.options.every !== 0)
  }
}

export class Reverse extends Base {
  @requests()
  async reverse(docs: DocumentArray): Promise<DocumentArray> {
    await this.nap()
    return new DocumentArray([...docs].reverse())
  }
}

export class Create extends Base<Sleeping & { per_shard: boolean }> {
  static override options = z.strictObject({ ...base, per_shard: z.boolean().default(false) })

  @requests()
  async create(docs: DocumentArray): Promise<void> {
    await this.nap()
    const end = this.options.per_shard ? `-s${this.shard}` : ''
    docs.push(new Document({ id: `new-${this.name}${end}`, text: 'new' }))
  }
}

export class Empty extends Base {
  @requests()
  async empty(): Promise<DocumentArray> {
    await this.nap()
    return new DocumentArray()
  }
}

export class Results extends Base {
  @requests()
  async results(docs: DocumentArray): Promise<JsonObject> {
    await this.nap()
    return { count: docs.length, who: this.name, shard: this.shard }
  }
}

export class Params extends Base {
  @requests()
  async params(docs: DocumentArray, { parameters }: Context): Promise<void> {
    await this.nap()
    for (const doc of docs) doc.tags[`params_${this.name}`] = dumps(withoutResults(parameters))
  }

  @requests('/results')
  async results(_docs: DocumentArray, { parameters }: Context): Promise<JsonObject> {
    await this.nap()
    return { params: dumps(withoutResults(parameters)) }
  }

  @requests('/mutate')
  async mutate(docs: DocumentArray, { parameters }: Context): Promise<void> {
    await this.nap()
    parameters.changed_by = this.name
    for (const doc of docs) doc.tags[`saw_${this.name}`] = dumps(withoutResults(parameters))
  }
}

function withoutResults({ __results__, ...others }: JsonObject): JsonObject {
  return others
}

export class Fail extends Base<Sleeping & { on_text: string }> {
  static override options = z.strictObject({ ...base, on_text: z.string().default('boom') })

  @requests()
  async fail(docs: DocumentArray): Promise<void> {
    await this.nap()
    for (const doc of docs) {
      doc.tags[`checked_${this.name}`] = true
      if (doc.text === this.options.on_text) throw new Raised('ValueError', `bad text ${doc.text}`)
    }
  }
}

export class FailAlways extends Base {
  @requests('/fail')
  async fail(): Promise<void> {
    await this.nap()
    throw new Raised('RuntimeError', 'always', 42, null)
  }

  @requests('/bad')
  async bad(): Promise<never> {
    await this.nap()
    return 42 as never
  }

  @requests('/key')
  async key(): Promise<void> {
    await this.nap()
    throw new Raised('KeyError', 'k')
  }
}

export class Matrix extends Base {
  @requests()
  async matrix(docs: DocumentArray, context: Context): Promise<void> {
    await this.nap()
    const info = infoOf(docs, context)
    for (const doc of docs) doc.tags[`matrix_${this.name}`] = info
  }

  @requests('/results')
  async results(docs: DocumentArray, context: Context): Promise<JsonObject> {
    await this.nap()
    return { info: infoOf(docs, context) }
  }

  @requests('/first')
  async first(_docs: DocumentArray, { docsMatrix }: Context): Promise<DocumentArray | undefined> {
    await this.nap()
    return docsMatrix?.[0]
  }
}

function infoOf(docs: DocumentArray, { docsMatrix, docsMap }: Context): string {
  const byName = Object.entries(docsMap).map(([name, own]) => [name, own.ids])
  return dumps({
    docs: docs.ids,
    matrix: docsMatrix?.map(({ ids }) => ids) ?? null,
    map: Object.fromEntries(byName),
  })
}

export class Count extends Base {
  #n = 0

  @requests()
  async count(docs: DocumentArray): Promise<void> {
    await this.nap()
    this.#n++
    for (const doc of docs) doc.tags[`count_${this.name}`] = this.#n
  }
}

export class ShardTag extends Base {
  @requests()
  async shard_tag(docs: DocumentArray): Promise<void> {
    await this.nap()
    for (const doc of docs) {
      doc.modality = `shard${this.shard}`
      doc.tags[`s${this.shard}`] = true
    }
  }
}

export class Multi extends Base {
  protected async mark(docs: DocumentArray, what: string): Promise<void> {
    await this.nap()
    for (const doc of docs) doc.tags.ep = `${doc.tags.ep ?? ''}${this.name}:${what} `
  }

  @requests('/a')
  a(docs: DocumentArray): Promise<void> {
    return this.mark(docs, 'a')
  }

  @requests('/b')
  b(docs: DocumentArray): Promise<void> {
    return this.mark(docs, 'b')
  }

  @requests(['/c', '/d'])
  cd(docs: DocumentArray): Promise<void> {
    return this.mark(docs, 'cd')
  }

  @requests('/')
  root(docs: DocumentArray): Promise<void> {
    return this.mark(docs, 'root')
  }

  plain(docs: DocumentArray): Promise<void> {
    return this.mark(docs, 'plain')
  }
}

export class MultiDefault extends Multi {
  @requests()
  fallback(docs: DocumentArray): Promise<void> {
    return this.mark(docs, 'default')
  }
}
