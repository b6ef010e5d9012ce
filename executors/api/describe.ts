import {
  type ApiDescription,
  FlowError,
  isObject,
  type JsonObject,
  type JsonSchema,
  type JsonValue,
} from '../../proto/index.ts'
import type { StandardSchema } from '../options.ts'
import { DESCRIBED } from './schemas/table.ts'
import type { ApiOptions, Fields, Input, Schema } from './types.ts'

const ROOT = Symbol.for('sluice.root')

/** An input that is one value although it is an object: its members are no arguments. */
export function root<Output, Input>(schema: StandardSchema<Output, Input>): StandardSchema<Output, Input> {
  return { '~standard': schema['~standard'], [ROOT]: true } as StandardSchema<Output, Input>
}

export function isSchema(input: Input): input is Schema {
  return '~standard' in input
}

/**
 * What gateways and clients are told of an endpoint.
 * @throws {FlowError} INVALID_ARGUMENT for a name or a route that is none, or a batchable endpoint without a list
 */
export function describe(name: string, options: ApiOptions): ApiDescription {
  const {
    input = {},
    output,
    stream = false,
    task = false,
    batchable = false,
    idempotent = true,
    strict = false,
  } = options
  if (!/^[A-Za-z_$][\w$]*$/.test(name))
    throw wrong(name, 'its name is no identifier', "Say another: api({ name: '…' })")
  if (batchable && !isList(input))
    throw wrong(name, 'batchable, and not one list', 'Take one argument: a list, or a tensor')
  if (task && stream) throw wrong(name, 'a task that streams', 'What is asked for later comes whole: leave stream out')
  for (const key of ['timeoutMs', 'maxConcurrency'] as const) {
    const value = options[key]
    if (value !== undefined && !(value > 0 && (key === 'timeoutMs' ? value < Infinity : Number.isInteger(value)))) {
      throw wrong(name, `${key} is ${value}`, 'Give it a positive number, or leave it out')
    }
  }
  const asked = isSchema(input) ? jsonSchemaOf(input, 'input') : fieldsSchema(input)
  const described = strict ? closed(asked) : asked
  const { contentType, summary, description, deprecated, examples, timeoutMs, maxConcurrency } = options
  return {
    name,
    route: routeOf(name, options.route),
    input: described,
    output: output ? jsonSchemaOf(output, 'output') : {},
    root: isSchema(input) && (ROOT in input || described.type !== 'object'),
    stream,
    task,
    batchable,
    idempotent,
    ...(contentType !== undefined && { contentType }),
    ...(summary !== undefined && { summary }),
    ...(description !== undefined && { description }),
    ...(deprecated !== undefined && { deprecated }),
    ...(examples !== undefined && { examples }),
    ...(timeoutMs !== undefined && { timeoutMs }),
    ...(maxConcurrency !== undefined && { maxConcurrency }),
  }
}

/** True for one argument that is a list, as far as its schema tells. */
function isList(input: Input): boolean {
  const schemas = isSchema(input) ? [input] : Object.values(input)
  const [{ type } = {}] = schemas.map((schema) => jsonSchemaOf(schema, 'input'))
  return schemas.length === 1 && (type === undefined || type === 'array' || type === 'tensor')
}

function routeOf(name: string, route = name): string {
  const path = `/${route.replace(/^\/+|\/+$/g, '')}`
  if (/^(\/[\w.~!$&'()*+,;=:@%-]+)+$/.test(path) || path === '/') return path
  throw wrong(
    name,
    `"${route}" is no path`,
    'A route is made of names with / between them, without query or parameters',
  )
}

function fieldsSchema(fields: Fields): JsonSchema {
  const properties: JsonObject = {}
  const required: string[] = []
  for (const [name, schema] of Object.entries(fields)) {
    properties[name] = jsonSchemaOf(schema, 'input')
    if (!mayBeLeftOut(schema)) required.push(name)
  }
  return { type: 'object', properties, ...(required.length > 0 && { required }) }
}

/** A schema whose objects have the members that it names, and no others. */
function closed(schema: JsonSchema): JsonSchema {
  const inner = (value: JsonValue): JsonValue => {
    if (Array.isArray(value)) return value.map(inner)
    return isObject(value) ? closed(value as JsonObject) : value
  }
  const copy = Object.fromEntries(
    Object.entries(schema).map(([key, value]) => [key, key === 'default' || key === 'examples' ? value : inner(value)]),
  )
  const open = copy.additionalProperties !== undefined || !isObject(copy.properties) || copy.type !== 'object'
  return open ? copy : { ...copy, additionalProperties: false }
}

// asked of the schema itself: libraries differ in how they say it
function mayBeLeftOut(schema: Schema): boolean {
  const result = schema['~standard'].validate(undefined)
  if (!('then' in result)) return !result.issues
  // one that has to ask somebody is told later what it gets
  result.catch(() => {})
  return false
}

function jsonSchemaOf(schema: Schema, side: 'input' | 'output'): JsonSchema {
  const convert = schema['~standard'].jsonSchema?.[side]
  if (!convert) return {}
  const { $schema: _, ...described } = convert({
    target: 'draft-2020-12',
    // what JSON cannot say is described as anything
    libraryOptions: { unrepresentable: 'any' },
  })
  return JSON.parse(JSON.stringify(described), tidied) as JsonSchema
}

// of every whole number zod says that JavaScript can count to it; a table is described by what it is, not by how it is checked
function tidied(this: JsonObject, key: string, value: unknown): unknown {
  if (isObject(value) && DESCRIBED in value) return value[DESCRIBED]
  const bound = key === 'minimum' ? Number.MIN_SAFE_INTEGER : key === 'maximum' ? Number.MAX_SAFE_INTEGER : undefined
  return bound !== undefined && value === bound ? undefined : value
}

function wrong(name: string, what: string, hint: string): FlowError {
  return new FlowError('INVALID_ARGUMENT', `typed endpoint "${name}": ${what}`, { hint })
}
