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
