import { isObject, type JsonObject, type JsonSchema, type JsonValue } from '../../../proto/index.ts'
import { takesFiles } from './fields.ts'
import type { TypedRoute, TypedRoutes } from './routes.ts'

/** Typed endpoints in OpenAPI's words. */
export function openapiPaths(routes: TypedRoutes): Record<string, object> {
  return Object.fromEntries([...routes].map(([path, route]) => [path, { post: operation(route) }]))
}

function operation(route: TypedRoute): object {
  const { api, service } = route
  const { name, summary, description, deprecated, task } = api
  return {
    tags: [service.name],
    summary: summary ?? name,
    ...(description && { description }),
    ...(deprecated && { deprecated }),
    operationId: `${service.name}__${name}`,
    'x-bentoml-name': name,
    ...(task && { 'x-bentoml-is-task': true }),
    requestBody: requestBody(route),
    responses: {
      200: { description: api.stream ? 'The items, one after the other' : 'The result', content: resultOf(route) },
      400: refusal('The arguments are not what they should be; detail says where'),
      413: refusal('The body is too large'),
      415: refusal('Unknown Content-Encoding'),
      429: refusal('Too much at once'),
      500: refusal('It failed; the reason is in the log'),
      503: refusal('The executor cannot be reached'),
      504: refusal('The deadline passed'),
    },
  }
}

/** @param at - the path that it stands at */
export function requestBody(route: TypedRoute, at: string = route.path): object {
  const { api } = route
  const { input, root, examples } = api
  const shown = examples && {
    examples: Object.fromEntries(examples.map((value, i) => [`example ${i + 1}`, { value }])),
  }
  const content = Object.fromEntries(
    requestTypes(route).map((type) => {
      const place = `/paths/${escaped(at)}/post/requestBody/content/${escaped(type)}/schema`
      return [type, { schema: described(input, place), ...(type === 'application/json' && shown) }]
    }),
  )
  return { required: root || Array.isArray(input.required), content }
}

const FORM = 'application/x-www-form-urlencoded'

/** True where each argument is one text, number or boolean: all of them can be fields of a form as anybody writes it. */
function isPlain({ properties = {} }: JsonSchema): boolean {
  return Object.values(properties as JsonObject).every((property) => {
    const { type } = property as JsonObject
    return type === 'string' || type === 'number' || type === 'integer' || type === 'boolean'
  })
}

function requestTypes({ api: { root, input }, flat }: TypedRoute): string[] {
  if (!root) return takesFiles(flat) ? ['multipart/form-data'] : ['application/json', ...(isPlain(flat) ? [FORM] : [])]
  if (flat.type === 'file') return [String(input.content_type ?? 'application/octet-stream')]
  if (flat.format === 'binary') return ['application/octet-stream']
  return flat.type === 'string' ? ['text/plain'] : ['application/json']
}

/** @param at - the path and method that it stands at */
export function resultOf({ api, path }: TypedRoute, at = `${escaped(path)}/post`): object {
  const schema = (type: string) => {
    return {
      schema: described(api.output, `/paths/${at}/responses/200/content/${escaped(type)}/schema`),
    }
  }
  const types = [api.contentType ?? typeOf(api.output, api.stream)]
  if (api.stream && !api.contentType) types.push('text/event-stream', 'application/x-ndjson')
  return Object.fromEntries([...new Set(types)].map((type) => [type, schema(type)]))
}

function typeOf({ type, format, content_type: said }: JsonSchema, stream: boolean): string {
  if (type === 'file')
    return typeof said === 'string' ? said : format === 'image' ? 'image/*' : 'application/octet-stream'
  if (type === 'string') return format === 'binary' ? 'application/octet-stream' : 'text/plain'
  return stream ? 'application/x-ndjson' : 'application/json'
}

/** A schema without the types that OpenAPI does not know, and with its references as seen from the page's root. */
function described(schema: JsonSchema, place: string): JsonSchema {
  const inner = (value: JsonValue): JsonValue => {
    if (Array.isArray(value)) return value.map(inner)
    return isObject(value) ? described(value as JsonObject, place) : value
  }
  const { type, ...rest } = schema
  const copy = Object.fromEntries(Object.entries(rest).map(([key, value]) => [key, inner(value)])) as JsonObject
  if (typeof copy.$ref === 'string') copy.$ref = `#${place}${copy.$ref.slice(1)}`
  if (type === 'file') return file(copy)
  if (type === 'tensor') return { ...copy, ...dimensions(copy.shape), format: 'tensor' }
  if (type === 'integer') return { minimum: Number.MIN_SAFE_INTEGER, maximum: Number.MAX_SAFE_INTEGER, ...copy, type }
  if (type === 'dataframe')
    return {
      ...copy,
      ...(copy.orient === 'columns' ? { type: 'object' } : { type: 'array', items: { type: 'object' } }),
    }
  return type === undefined ? copy : { ...copy, type: inner(type) }
}

/** Nested lists, as deep as is known. */
function dimensions(shape: JsonValue | undefined): JsonObject {
  if (!Array.isArray(shape) || shape.length === 0) return { type: 'array', items: {} }
  return shape.reduceRight<JsonObject>(
    (items, length) => ({
      type: 'array',
      items,
      ...(Number(length) >= 0 && { minItems: Number(length), maxItems: Number(length) }),
    }),
    { type: 'number' },
  )
}

function file({ content_type: type, pil: _, ...rest }: JsonObject): JsonObject {
  return { ...rest, type: 'string', format: 'binary', contentMediaType: type ?? 'application/octet-stream' }
}

const schema = {
  type: 'object',
  required: ['error'],
  properties: {
    error: { type: 'string' },
    request_id: { type: 'string' },
    detail: {
      type: 'array',
      items: {
        type: 'object',
        properties: {
          type: { type: 'string' },
          loc: { type: 'array', items: { type: ['string', 'integer'] } },
          msg: { type: 'string' },
        },
      },
    },
  },
}

export function refusal(description: string): object {
  return { description, content: { 'application/json': { schema } } }
}

export function escaped(key: string): string {
  return key.replaceAll('~', '~0').replaceAll('/', '~1')
}
