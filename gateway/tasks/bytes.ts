import { DataRequest, decodeFrame, encodeFrame, FlowError } from '../../proto/index.ts'

// Tasks are kept as frames of a hop: a REQUEST, and an END or an ERROR.

/** What of its caller's headers is not kept: whoever reads the store could act in the caller's name. */
const secret = new Set(['authorization', 'proxy-authorization', 'cookie'])

/** What a task is to do. */
export interface TaskCall {
  readonly request: DataRequest
  /** Headers of who submitted it. */
  readonly metadata: ReadonlyMap<string, string>
}

export function packCall({ request, metadata }: TaskCall): Uint8Array {
  const kept = new Map([...metadata].filter(([name]) => !secret.has(name)))
  return encodeFrame({ id: 0, kind: 'REQUEST', metadata: kept, body: request })
}

export function unpackCall(bytes: Uint8Array): TaskCall {
  const { body, metadata = new Map<string, string>() } = decodeFrame(bytes)
  return { request: body ?? new DataRequest(), metadata }
}

/** How a task ended: an answer, or the error where there was none. */
export type Ending = { readonly answer: DataRequest } | { readonly error: FlowError }

export function packEnding(ending: Ending): Uint8Array {
  if ('answer' in ending) return encodeFrame({ id: 0, kind: 'END', body: ending.answer })
  return encodeFrame({ id: 0, kind: 'ERROR', error: ending.error })
}

export function unpackEnding(bytes: Uint8Array): Ending {
  const { body, error } = decodeFrame(bytes)
  if (body) return { answer: body }
  return { error: error ?? new FlowError('DATA_LOSS', 'the result of the task cannot be read') }
}
