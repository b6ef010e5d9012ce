import { resolve } from 'node:path'
import protobuf from 'protobufjs'
import { root } from '../peers.ts'
import type { Answer, Json, RecordedRoute, RecordedStatus } from './recordings.ts'

// An answer's bytes in the form of the recordings, read by protobufjs's own reflection: our codec is under test.

type Raw = Record<string, unknown>

const schema = new protobuf.Root()
schema.resolvePath = (_, target) => (target.startsWith('google/') ? target : resolve(root, 'proto', target))
await schema.load('jina.proto', { keepCase: true })
const DataRequest = schema.lookupType('jina.DataRequestProto')
const Document = schema.lookupType('docarray.DocumentProto')

export function answerOf(code: string, details: string, bytes: Uint8Array | undefined): Answer {
  if (code !== 'OK' || !bytes) return { grpc: code, details }
  const {
    header,
    parameters,
    routes = [],
    data,
  } = DataRequest.decode(bytes) as unknown as {
    header: Raw & { request_id: string }
    parameters?: Raw
    routes?: Raw[]
    data?: { docs?: { docs?: Raw[] } } | null
  }
  const has_data = Boolean(data) && Object.hasOwn(data as object, 'docs')
  return {
    grpc: 'OK',
    header: {
      request_id: header.request_id,
      status: statusOf(header.status),
      ...own(header, 'exec_endpoint'),
      ...own(header, 'target_executor'),
    },
    parameters: structOf(parameters ?? {}),
    routes: routes.map(routeOf),
    has_data,
    ...(has_data && { docs: (data?.docs?.docs ?? []).map((document) => jsonOf(document, Document)) }),
  }
}

function own(message: Raw, key: string): Raw {
  return Object.hasOwn(message, key) ? { [key]: message[key] } : {}
}

function routeOf(route: Raw): RecordedRoute {
  const status = statusOf(route.status)
  const executor = route.executor as string
  const has = (key: string) => route[key] !== null && Object.hasOwn(route, key)
  return { executor, start: has('start_time'), end: has('end_time'), ...(status && { status }) }
}

/** Code 0 says the same as no status. */
function statusOf(status: unknown): RecordedStatus | null {
  if (typeof status !== 'object' || status === null) return null
  const { code, description, exception } = status as { code: number; description: string; exception?: Raw }
  if (code === 0) return null
  if (!exception) return { code, description }
  const { name, args, stacks, executor } = exception as {
    name: string
    args: string[]
    stacks: string[]
    executor: string
  }
  return { code, description, exception: { name, args, executor, has_stacks: stacks.length > 0 } }
}

function structOf({ fields = {} }: Raw): Json {
  return Object.fromEntries(Object.entries(fields as Raw).map(([key, value]) => [key, plainOf(value as Raw)]))
}

function plainOf(value: Raw): unknown {
  const has = (key: string) => Object.hasOwn(value, key)
  if (has('structValue') || has('struct_value')) return structOf((value.structValue ?? value.struct_value) as Raw)
  const list = (value.listValue ?? value.list_value) as Raw | undefined
  if (has('listValue') || has('list_value')) return ((list?.values as Raw[]) ?? []).map(plainOf)
  for (const key of ['numberValue', 'number_value', 'stringValue', 'string_value', 'boolValue', 'bool_value']) {
    if (has(key)) return value[key]
  }
  return null
}

/** As protobuf's JSON has it: absent where a field has its default, bytes in base64, names as in the schema. */
function jsonOf(message: Raw, type: protobuf.Type): Json {
  if (type.fullName === '.google.protobuf.Struct') return structOf(message)
  const json: Json = {}
  for (const field of type.fieldsArray) {
    field.resolve()
    const value = message[field.name]
    if (!Object.hasOwn(message, field.name) || value === null) continue
    if (field instanceof protobuf.MapField) {
      const entries = Object.entries(value as Raw).map(([key, item]) => [key, scalarOf(item, field)])
      if (entries.length > 0) json[field.name] = Object.fromEntries(entries)
    } else if (field.repeated) {
      const list = (value as unknown[]).map((item) => scalarOf(item, field))
      if (list.length > 0) json[field.name] = list
    } else if (field.partOf || field.resolvedType || !isDefault(value)) {
      json[field.name] = scalarOf(value, field)
    }
  }
  return json
}

function scalarOf(value: unknown, { resolvedType, type }: protobuf.Field): unknown {
  if (resolvedType instanceof protobuf.Type) return jsonOf(value as Raw, resolvedType)
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64')
  return type === 'float' ? shortest(value as number) : value
}

function isDefault(value: unknown): boolean {
  return value === 0 || value === '' || value === false || (value instanceof Uint8Array && value.length === 0)
}

/** The shortest number that is the same as a 32-bit float. */
function shortest(value: number): number {
  for (let digits = 1; digits < 17; digits++) {
    const shorter = Number(value.toPrecision(digits))
    if (Math.fround(shorter) === value) return shorter
  }
  return value
}
