import { Reader, Writer } from 'protobufjs/minimal.js'
import { FlowError } from '../flow-error.ts'

export type { Reader, Writer }

/** A reader whose `bytes` fields are views of `bytes`. */
export function readerOf(bytes: Uint8Array): Reader {
  return Reader.create(bytes)
}

export function newWriter(): Writer {
  return Writer.create()
}

/** A buffer that has grown once need not grow again, up to this size. Unit: bytes. */
const keptBytes = 4 * 1024 * 1024

let spare: Writer | undefined

/** The bytes that `write` writes, through a buffer that is used again: a new one would grow, and be copied, many times over. */
export function writing(write: (writer: Writer) => void): Uint8Array {
  // taken while in use: what is written may run code that writes too, or throw half-way
  const writer = spare ?? newWriter()
  spare = undefined
  write(writer)
  const bytes = writer.finish()
  if (bytes.length <= keptBytes) spare = writer.reset()
  return bytes
}

/** Runs a decoder on bytes from outside; what protobufjs throws becomes INVALID_ARGUMENT. */
export function decoding<T, Bytes>(what: string, bytes: Bytes, decode: (bytes: Bytes) => T): T {
  try {
    return decode(bytes)
  } catch (error) {
    if (FlowError.is(error)) throw error
    const problem = error instanceof Error ? error.message : String(error)
    throw new FlowError('INVALID_ARGUMENT', `malformed ${what}: ${problem}`, { cause: error })
  }
}
