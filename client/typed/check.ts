import {
  alternatives,
  FileData,
  FlowError,
  type Issue,
  isObject,
  type JsonObject,
  type JsonSchema,
  NdArray,
  objectOf,
  resolved,
  typesOf,
} from '../../proto/index.ts'
import type { Endpoint } from './endpoint.ts'
import { isFile } from './files.ts'

/**
 * Looks at arguments before they are sent: names, what is missing, and types. A text that a service reads as a number is none of its
 * mistakes, nor is null where the schema tells nothing of it: the service itself decides.
 * @throws {FlowError} INVALID_ARGUMENT with one issue for each mistake
 */
export function checkArguments(endpoint: Endpoint, given: unknown, checkTypes: boolean): void {
  const issues = endpoint.root ? rootIssues(endpoint, given) : nameIssues(endpoint, given)
  if (checkTypes) issues.push(...typeIssues(endpoint, given))
  if (issues.length === 0) return
  const told = issues.map(({ loc, msg }) => (loc.length > 0 ? `${loc.join('.')}: ${msg}` : msg)).join('; ')
  throw new FlowError('INVALID_ARGUMENT', `arguments of ${endpoint.name}: ${told}`, {
    issues,
    hint: endpoint.root
      ? undefined
      : `It takes ${Object.keys(objectOf(endpoint.input.properties)).join(', ') || 'none'}`,
  })
}

function rootIssues({ input }: Endpoint, given: unknown): Issue[] {
  if (given !== undefined || 'default' in input) return []
  return [{ type: 'missing', loc: [], msg: 'It takes one value, and none is given' }]
}

function nameIssues({ input }: Endpoint, given: unknown): Issue[] {
  if (!isPlain(given)) return [{ type: 'model_type', loc: [], msg: 'Arguments are an object, by their names' }]
  const properties = objectOf(input.properties)
  const required = Array.isArray(input.required) ? input.required : []
  const missing = required.filter((name) => given[String(name)] === undefined)
  const open = input.additionalProperties !== undefined && input.additionalProperties !== false
  const unknown = open ? [] : Object.keys(given).filter((name) => !Object.hasOwn(properties, name))
  return [
    ...missing.map((name) => ({ type: 'missing', loc: [String(name)], msg: 'Field required' })),
    ...unknown.map((name) => ({ type: 'extra_forbidden', loc: [name], msg: 'There is no such argument' })),
  ]
}

function typeIssues({ root, input, exact }: Endpoint, given: unknown): Issue[] {
  if (given === undefined || (!root && !isPlain(given))) return []
  return mistakes(exact?.input ?? input, given, [], { whole: exact?.input ?? input, exact: exact !== undefined })
}

interface Within {
  readonly whole: JsonSchema
  /** The schema tells what may be null. */
  readonly exact: boolean
}

function mistakes(schema: JsonSchema, value: unknown, loc: Issue['loc'], within: Within): Issue[] {
  const at = resolved(schema, within.whole)
  const choices = alternatives(at).map((choice) => mistakes(choice, value, loc, within))
  if (choices.length > 0) return choices.find((issues) => issues.length === 0) ?? (choices[0] as Issue[])
  const types = typesOf(at).map(String)
  if (value === undefined || types.length === 0) return []
  if (value === null && (!within.exact || at.default === null)) return []
  if (!types.some((type) => fits(type, value, at))) {
    return [
      { type: `${types[0]}_type`, loc, msg: `Input should be ${types.map(named).join(' or ')}, not ${shown(value)}` },
    ]
  }
  if (Array.isArray(value) && types.includes('array')) {
    return value.flatMap((item, i) => mistakes(objectOf(at.items), item, [...loc, i], within))
  }
  return isPlain(value) && types.includes('object') ? memberMistakes(at, value, loc, within) : []
}

function memberMistakes(at: JsonObject, value: Record<string, unknown>, loc: Issue['loc'], within: Within): Issue[] {
  const properties = objectOf(at.properties)
  const required = loc.length > 0 && Array.isArray(at.required) ? at.required.map(String) : []
  const missing = required.filter((name) => value[name] === undefined)
  return [
    ...missing.map((name) => ({ type: 'missing', loc: [...loc, name], msg: 'Field required' })),
    ...Object.entries(value).flatMap(([name, item]) =>
      Object.hasOwn(properties, name) ? mistakes(objectOf(properties[name]), item, [...loc, name], within) : [],
    ),
  ]
}

/** Whether a service may take a value for one of a type. */
function fits(type: string, value: unknown, { format }: JsonObject): boolean {
  switch (type) {
    case 'string':
      return typeof value === 'string' || value instanceof Date || (format === 'binary' && isBytes(value))
    case 'integer':
      return isNumber(value) && Number.isInteger(Number(value))
    case 'number':
      return isNumber(value)
    case 'boolean':
      return (
        typeof value === 'boolean' ||
        value === 0 ||
        value === 1 ||
        /^(true|false|t|f|yes|no|y|n|on|off|1|0)$/i.test(textOf(value))
      )
    case 'null':
      return value === null
    case 'array':
      return (
        Array.isArray(value) || value instanceof NdArray || (ArrayBuffer.isView(value) && !(value instanceof DataView))
      )
    case 'object':
      return isPlain(value)
    case 'file':
      return isFile(value)
    case 'tensor':
      return Array.isArray(value) || value instanceof NdArray || ArrayBuffer.isView(value) || typeof value === 'number'
    case 'dataframe':
      return Array.isArray(value) || isPlain(value)
    default:
      return true
  }
}

function isNumber(value: unknown): boolean {
  if (typeof value === 'number' || typeof value === 'bigint' || typeof value === 'boolean') return true
  return typeof value === 'string' && value.trim() !== '' && !Number.isNaN(Number(value))
}

function isBytes(value: unknown): boolean {
  return value instanceof Uint8Array || value instanceof ArrayBuffer || value instanceof FileData
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

function isPlain(value: unknown): value is Record<string, unknown> {
  if (!isObject(value)) return false
  const prototype = Object.getPrototypeOf(value)
  return prototype === null || Object.getPrototypeOf(prototype) === null
}

function named(type: string): string {
  return /^[aeiou]/.test(type) ? `an ${type}` : type === 'null' ? type : `a ${type}`
}

function shown(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value.length > 40 ? `${value.slice(0, 40)}…` : value)
  if (typeof value !== 'object' || value === null) return String(value)
  return Array.isArray(value) ? 'a list' : isPlain(value) ? 'an object' : `a ${value.constructor.name}`
}
