import { describe, expect, it } from 'vitest'
import { jina } from '../../../proto/gen/messages.js'
import { comparable } from './meaning.ts'
import { recordedMessages } from './recordings.ts'

// The code generated from our proto files reads and writes every recorded message of a Jina type, by the meaning of its fields alone.

const folders = [
  'grpc-client-gateway',
  'grpc-gzip',
  'grpc-gateway-executor',
  'grpc-gateway-external-gateway',
  'websocket',
]

/** Generated code for one message type. */
interface Type {
  decode(bytes: Uint8Array): object
  encode(message: object): { finish(): Uint8Array }
}

describe.each(folders)('generated code on %s', (folder) => {
  const messages = recordedMessages(folder).filter(({ type }) => type.startsWith('jina.'))

  it('knows all types', () => {
    for (const { type } of messages) expect(typeOf(type), type).toBeDefined()
    expect(messages.length).toBeGreaterThan(5)
  })

  it.each(messages)('$name is read and written', ({ type, bytes, decoded }) => {
    const { decode, encode } = typeOf(type) as Type
    const message = decode(bytes)
    expect(comparable(jsonOf(message))).toEqual(comparable(decoded))
    expect(comparable(jsonOf(decode(encode(message).finish())))).toEqual(comparable(decoded))
  })
})

function typeOf(name: string): Type | undefined {
  return (jina as unknown as Record<string, Type>)[name.slice('jina.'.length)]
}

/** Protobuf's JSON form of a generated message. */
function jsonOf(message: object): object {
  const entries = Object.entries(message).map(([name, value]) => [
    // a leading underscore makes the next letter large
    name.replace(/^_(.)/, (_, first: string) => first.toUpperCase()),
    name === 'code' ? (value === 1 ? 'ERROR' : undefined) : jsonValueOf(value),
  ])
  return Object.fromEntries(entries.filter(([, value]) => value !== undefined))
}

function jsonValueOf(value: unknown): unknown {
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64')
  if (Array.isArray(value)) return value.length > 0 ? value.map(jsonValueOf) : undefined
  if (typeof value !== 'object' || value === null) return value
  if ('seconds' in value) return timeOf(value as { seconds: number; nanos: number })
  if ('fields' in value) return structOf(value as Struct)
  // maps are plain objects, and absent where they are empty
  const isMap = Object.getPrototypeOf(value) === Object.prototype
  return isMap && Object.keys(value).length === 0 ? undefined : jsonOf(value)
}

interface Struct {
  fields: Record<string, Value>
}

interface Value {
  kind?: 'numberValue' | 'stringValue' | 'boolValue' | 'structValue' | 'listValue' | 'nullValue'
  numberValue?: number
  stringValue?: string
  boolValue?: boolean
  structValue?: Struct
  listValue?: { values: Value[] }
}

function structOf({ fields }: Struct): object {
  return Object.fromEntries(Object.entries(fields).map(([key, value]) => [key, plain(value)]))
}

function plain({ kind = 'nullValue', ...value }: Value): unknown {
  if (kind === 'nullValue') return null
  if (kind === 'structValue') return structOf(value.structValue as Struct)
  if (kind === 'listValue') return value.listValue?.values.map(plain)
  return value[kind]
}

function timeOf({ seconds, nanos }: { seconds: number; nanos: number }): number {
  return seconds * 1_000_000 + Math.floor(nanos / 1000)
}
