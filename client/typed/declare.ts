import {
  alternatives,
  isObject,
  type JsonObject,
  type JsonSchema,
  objectOf,
  resolved,
  typesOf,
} from '../../proto/index.ts'
import type { Endpoint, ServiceDescription } from './endpoint.ts'

/** Names that printed types may use, and `sluice/client` exports. */
const helpers = ['FileData', 'FileInput', 'FileResult', 'NdArray', 'Streaming', 'Submittable', 'TensorLike', 'Unary']

/**
 * A service's endpoints as a TypeScript module with one interface, for `connect<Iris>(…)`.
 * @param name - of the interface. @default the service's, as an identifier with a capital letter
 */
export function declareService(service: ServiceDescription, name: string = interfaceName(service.name)): string {
  const members = [...service.endpoints.values()].map(memberOf).join('\n')
  const body = `export interface ${name} {\n${members}\n}\n`
  const used = helpers.filter((helper) => new RegExp(`\\b${helper}\\b`).test(members))
  const imports = used.length > 0 ? `import type { ${used.join(', ')} } from 'sluice/client'\n\n` : ''
  return `${imports}/** Endpoints of the service ${JSON.stringify(service.name)}: \`connect<${name}>(url)\`. */\n${body}`
}

function memberOf(endpoint: Endpoint): string {
  const { name, description, stream, task } = endpoint
  const kind = stream ? 'Streaming' : task ? 'Submittable' : 'Unary'
  const doc = description ? `  /** ${description.replaceAll('*/', '*\\/').replace(/\s*\n\s*/g, '\n   * ')} */\n` : ''
  return `${doc}  readonly ${propertyName(name)}: ${kind}<${givenOf(endpoint)}, ${resultOf(endpoint)}>`
}

/** Arguments as a tuple: none, one that may be left out, or one. */
function givenOf({ root, input, exact }: Endpoint): string {
  const whole = exact?.input ?? input
  const type = typeOf(whole, { whole, side: 'given', depth: 0 })
  if (root) return 'default' in whole ? `[value?: ${type}]` : `[value: ${type}]`
  const { properties, required } = resolved(whole, whole)
  if (Object.keys(objectOf(properties)).length === 0) return '[args?: Record<string, never>]'
  return Array.isArray(required) && required.length > 0 ? `[args: ${type}]` : `[args?: ${type}]`
}

function resultOf({ output, exact }: Endpoint): string {
  const whole = exact?.output ?? output
  return typeOf(whole, { whole, side: 'result', depth: 0 })
}

interface Place {
  readonly whole: JsonSchema
  /** What callers give, or what they get. */
  readonly side: 'given' | 'result'
  readonly depth: number
}

/** An end for what refers to itself. */
const maxDepth = 8

function typeOf(schema: JsonSchema, place: Place): string {
  if (place.depth > maxDepth) return 'unknown'
  const inner = { ...place, depth: place.depth + 1 }
  const at = resolved(schema, place.whole)
  const { enum: words, const: word, allOf } = at
  const choices = alternatives(at)
  if (choices.length > 0) return union(choices.map((choice) => typeOf(choice, inner)))
  if (Array.isArray(words)) return union(words.map((value) => JSON.stringify(value)))
  if (word !== undefined) return JSON.stringify(word)
  if (Array.isArray(allOf)) return allOf.map((part) => typeOf(objectOf(part), inner)).join(' & ')
  const types = typesOf(at).map(String)
  if (types.length === 0) return 'unknown'
  const nullable = at.default === null && !types.includes('null') ? ['null'] : []
  return union([...types.map((type) => named(type, at, inner)), ...nullable])
}

function named(type: string, at: JsonObject, place: Place): string {
  const given = place.side === 'given'
  switch (type) {
    case 'string':
      if (at.format !== 'binary') return 'string'
      return given ? 'Uint8Array | string' : place.depth === 1 ? 'Uint8Array' : 'string'
    case 'integer':
    case 'number':
      return 'number'
    case 'boolean':
    case 'null':
      return type
    case 'array':
      return `${given ? 'readonly ' : ''}${grouped(typeOf(objectOf(at.items), place))}[]`
    case 'file':
      return given ? 'FileInput' : place.depth === 1 ? 'FileResult' : 'FileData'
    case 'tensor':
      return given ? 'TensorLike' : 'NdArray'
    case 'dataframe':
      return at.orient === 'columns'
        ? 'Record<string, unknown[] | Record<string, unknown>>'
        : 'Record<string, unknown>[]'
    case 'object':
      return objectType(at, place)
    default:
      return 'unknown'
  }
}

function objectType(at: JsonObject, place: Place): string {
  const required = Array.isArray(at.required) ? at.required : []
  const given = place.side === 'given'
  const members = Object.entries(objectOf(at.properties)).map(([name, member]) => {
    // what has a default is always there in a result
    const sure = required.includes(name) || (!given && 'default' in objectOf(member))
    const type = typeOf(objectOf(member), place)
    return `${propertyName(name)}${sure ? '' : '?'}: ${type}${sure ? '' : ' | undefined'}`
  })
  if (members.length > 0) return `{ ${members.join('; ')} }`
  const rest = isObject(at.additionalProperties) ? typeOf(at.additionalProperties as JsonObject, place) : 'unknown'
  return `Record<string, ${rest}>`
}

function union(types: readonly string[]): string {
  const distinct = [...new Set(types)]
  return distinct.includes('unknown') ? 'unknown' : distinct.join(' | ')
}

function grouped(type: string): string {
  return /[|&]/.test(type) && !type.startsWith('{') ? `(${type})` : type
}

function propertyName(name: string): string {
  return /^[A-Za-z_$][\w$]*$/.test(name) ? name : JSON.stringify(name)
}

function interfaceName(service: string): string {
  const words = service.split(/[^A-Za-z0-9]+/).filter(Boolean)
  const name = words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join('')
  return /^[A-Za-z]/.test(name) ? name : `Service${name}`
}
