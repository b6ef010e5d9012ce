import type { Reader, Writer } from 'protobufjs/minimal.js'
import { FlowError } from '../flow-error.ts'
import { checkDepth, type JsonObject, type JsonValue, setKey } from '../json.ts'
import { readerOf } from './reader.ts'

// google.protobuf.Struct ⇄ plain objects, without the Value objects in between that generated code makes.
// Struct{fields = 1: map<string, Value>}; Value{null = 1, number = 2, string = 3, bool = 4, struct = 5, list = 6}; ListValue{values = 1}

const STRUCT_ENTRY = (1 << 3) | 2
const ENTRY_KEY = (1 << 3) | 2
const ENTRY_VALUE = (2 << 3) | 2
const NULL = 1 << 3
const NUMBER = (2 << 3) | 1
const STRING = (3 << 3) | 2
const BOOL = 4 << 3
const STRUCT = (5 << 3) | 2
const LIST = (6 << 3) | 2
const LIST_VALUE = (1 << 3) | 2

/** The bytes of a `google.protobuf.Struct` as an object. */
export function decodeStruct(bytes: Uint8Array): JsonObject {
  const reader = readerOf(bytes)
  return readStruct(reader, reader.len, 0)
}

/** Writes an object as the fields of a `google.protobuf.Struct`. */
export function encodeStruct(object: JsonObject, writer: Writer, depth = 0): Writer {
  checkDepth(depth, 'an object')
  for (const key of Object.keys(object)) {
    const value = object[key] as JsonValue
    if (value === undefined) continue
    writer.uint32(STRUCT_ENTRY).fork().uint32(ENTRY_KEY).string(key).uint32(ENTRY_VALUE).fork()
    writeValue(value, writer, depth)
    writer.ldelim().ldelim()
  }
  return writer
}

function readStruct(reader: Reader, end: number, depth: number): JsonObject {
  checkDepth(depth, 'an object')
  const object: JsonObject = {}
  while (reader.pos < end) {
    const tag = reader.uint32()
    if (tag !== STRUCT_ENTRY) {
      reader.skipType(tag & 7)
      continue
    }
    const entryEnd = reader.uint32() + reader.pos
    let key = ''
    let value: JsonValue = null
    while (reader.pos < entryEnd) {
      const part = reader.uint32()
      if (part === ENTRY_KEY) key = reader.string()
      else if (part === ENTRY_VALUE) value = readValue(reader, reader.uint32() + reader.pos, depth)
      else reader.skipType(part & 7)
    }
    checkEnd(reader, entryEnd)
    setKey(object, key, value)
  }
  checkEnd(reader, end)
  return object
}

// a length that points past its owner
function checkEnd(reader: Reader, end: number): void {
  if (reader.pos !== end) throw new FlowError('INVALID_ARGUMENT', 'malformed struct: parts longer than the whole')
}

function readValue(reader: Reader, end: number, depth: number): JsonValue {
  let value: JsonValue = null
  while (reader.pos < end) {
    const tag = reader.uint32()
    if (tag === NUMBER) value = reader.double()
    else if (tag === STRING) value = reader.string()
    else if (tag === BOOL) value = reader.bool()
    else if (tag === STRUCT) value = readStruct(reader, reader.uint32() + reader.pos, depth + 1)
    else if (tag === LIST) value = readList(reader, reader.uint32() + reader.pos, depth + 1)
    else {
      reader.skipType(tag & 7)
      if (tag === NULL) value = null
    }
  }
  checkEnd(reader, end)
  return value
}

function readList(reader: Reader, end: number, depth: number): JsonValue[] {
  checkDepth(depth, 'a list')
  const list: JsonValue[] = []
  while (reader.pos < end) {
    const tag = reader.uint32()
    if (tag === LIST_VALUE) list.push(readValue(reader, reader.uint32() + reader.pos, depth))
    else reader.skipType(tag & 7)
  }
  checkEnd(reader, end)
  return list
}

function writeValue(value: JsonValue, writer: Writer, depth: number): void {
  if (value === null || value === undefined) writer.uint32(NULL).int32(0)
  else if (typeof value === 'number') writer.uint32(NUMBER).double(value)
  else if (typeof value === 'string') writer.uint32(STRING).string(value)
  else if (typeof value === 'boolean') writer.uint32(BOOL).bool(value)
  else if (Array.isArray(value)) writeList(value, writer, depth + 1)
  else if (typeof value === 'object' && typeof value.toJSON === 'function')
    writeValue((value.toJSON as () => JsonValue)(), writer, depth)
  else if (typeof value === 'object') encodeStruct(value, writer.uint32(STRUCT).fork(), depth + 1).ldelim()
  else if (typeof value === 'bigint') writer.uint32(NUMBER).double(Number(value))
  else throw new FlowError('INVALID_ARGUMENT', `tags and parameters hold JSON values, not a ${typeof value}`)
}

function writeList(list: JsonValue[], writer: Writer, depth: number): void {
  checkDepth(depth, 'a list')
  writer.uint32(LIST).fork()
  for (const value of list) {
    writer.uint32(LIST_VALUE).fork()
    writeValue(value, writer, depth)
    writer.ldelim()
  }
  writer.ldelim()
}
