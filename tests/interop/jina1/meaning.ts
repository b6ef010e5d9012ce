import {
  type DataRequest,
  type Document,
  NdArray,
  type Route,
  type Scores,
  type Status,
  type Tensor,
} from '../../../proto/index.ts'

// What a message means, in protobuf's JSON form as the recordings have it: absent where a field has its default.

type Json = Record<string, unknown>

/** The JSON form of a request, from our codec's reading of it. */
export function requestJson(request: DataRequest): Json {
  const { header, routes } = request
  return clean({
    header: present({
      requestId: header.requestId || undefined,
      status: header.status && statusJson(header.status),
      execEndpoint: header.execEndpoint,
      targetExecutor: header.targetExecutor,
    }),
    parameters: request.hasParameters ? request.parameters : undefined,
    routes: routes.length > 0 ? routes.map(routeJson) : undefined,
    data: request.hasDocs
      ? { docs: request.docs.length > 0 ? { docs: request.docs.map(documentJson) } : {} }
      : undefined,
  })
}

/** One document. */
export function documentJson(document: Document): Json {
  return clean({
    id: document.id,
    text: document.text || undefined,
    blob: document.blob.length > 0 ? base64(document.blob) : undefined,
    tensor: document.tensor && tensorJson(document.tensor),
    embedding: document.embedding && tensorJson(document.embedding),
    granularity: document.granularity || undefined,
    adjacency: document.adjacency || undefined,
    parentId: document.parentId || undefined,
    weight: document.weight || undefined,
    uri: document.uri || undefined,
    modality: document.modality || undefined,
    mimeType: document.mimeType || undefined,
    offset: document.offset || undefined,
    location: document.location.length > 0 ? document.location : undefined,
    chunks: document.chunks.length > 0 ? document.chunks.map(documentJson) : undefined,
    matches: document.matches.length > 0 ? document.matches.map(documentJson) : undefined,
    tags: filled(document.tags),
    scores: filled(scoresJson(document.scores)),
    evaluations: filled(scoresJson(document.evaluations)),
    Metadata: filled(document.metadata),
  })
}

function tensorJson(tensor: Tensor): Json {
  if (tensor instanceof NdArray) return { dense: denseJson(tensor), clsName: tensor.clsName }
  const { indices, values, shape, clsName, parameters } = tensor
  return clean({
    sparse: { indices: denseJson(indices), values: denseJson(values), shape },
    clsName,
    parameters: filled(parameters as Json),
  })
}

function denseJson({ bytes, shape, typestr }: NdArray): Json {
  return clean({
    buffer: bytes.length > 0 ? base64(bytes) : undefined,
    shape: shape.length > 0 ? [...shape] : undefined,
    dtype: typestr,
  })
}

function scoresJson(scores: Scores): Json {
  return Object.fromEntries(
    Object.entries(scores).map(([name, { value, ...rest }]) => [name, clean({ value: value || undefined, ...rest })]),
  )
}

function routeJson({ executor, startTime, endTime, status }: Route): Json {
  return clean({
    executor,
    startTime: micros(startTime),
    endTime: micros(endTime),
    status: status && statusJson(status),
  })
}

function statusJson({ code, description, exception }: Status): Json {
  const { name, args = [], stacks = [], executor } = exception ?? {}
  const thrown = exception && clean({ name, args: filled(args), stacks: filled(stacks), executor })
  return clean({ code: code === 1 ? 'ERROR' : undefined, description: description || undefined, exception: thrown })
}

/** Times as whole microseconds since 1970, which both forms can be compared in. */
export function comparable(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(comparable)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [
      key,
      /^(start|end)Time$/.test(key) && typeof inner === 'string' ? parseMicros(inner) : comparable(inner),
    ]),
  )
}

/**
 * Without what differs from run to run: times become their presence; random ids, tracebacks and what is under `ignored` a word.
 */
export function steady(value: unknown, ignored: readonly string[] = [], key = ''): unknown {
  if (/^(start|end)(Time|_time)$/.test(key)) return value === null || value === undefined ? value : 'time'
  if (ignored.includes(key)) return key
  if ((key === 'id' || key === 'request_id') && typeof value === 'string' && /^[0-9a-f]{32}$/.test(value)) return 'id'
  if (key === 'stacks') return Array.isArray(value) && value.length > 0 ? 'stacks' : value
  if (Array.isArray(value)) return value.map((item) => steady(item, ignored))
  if (typeof value !== 'object' || value === null) return value
  // in protobuf, empty parameters and none mean the same
  const told = Object.entries(value).filter(([name, inner]) => name !== 'parameters' || filled(inner as object))
  return Object.fromEntries(told.map(([name, inner]) => [name, steady(inner, ignored, name)]))
}

function micros(ms: number | undefined): number | undefined {
  return ms === undefined ? undefined : Math.round(ms * 1000)
}

function parseMicros(text: string): number {
  const digits = /\.(\d+)/.exec(text)?.[1]?.slice(0, 6).padEnd(6, '0') ?? '000000'
  return Math.floor(Date.parse(text) / 1000) * 1_000_000 + Number(digits)
}

const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64')

function clean(object: Json): Json {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined))
}

function present(object: Json): Json | undefined {
  return filled(clean(object))
}

function filled<T extends object>(value: T): T | undefined {
  return Object.keys(value).length > 0 ? value : undefined
}
