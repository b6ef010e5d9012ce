import { Code } from '../code.ts'
import { FlowError } from '../flow-error.ts'
import { sluice } from '../gen/messages.js'
import type { Caller } from '../handler.ts'
import type { DataRequest } from '../request.ts'
import { decodeRequest, writeRequest } from './protobuf.ts'
import { decoding, writing } from './reader.ts'

// sluice.Frame: what crosses a hop between two of our processes or threads.

/** What is written; a receiver reads this one and the one before. */
export const FRAME_VERSION = 1

const kinds = ['REQUEST', 'PART', 'END', 'ERROR', 'CANCEL', 'CREDIT', 'DRAIN'] as const

export type FrameKind = (typeof kinds)[number]

/** One unit of a hop. Which fields a kind has stands in `proto/hop.proto`. */
export interface Frame {
  /** Of the call; chosen by who calls. */
  readonly id: number
  readonly kind: FrameKind
  /** Time left when it was sent. Unit: ms. */
  readonly remainingMs?: number | undefined
  /** How often the request was sent before. */
  readonly attempt?: number
  readonly metadata?: ReadonlyMap<string, string> | undefined
  readonly caller?: Caller | undefined
  /** The caller takes parts. */
  readonly parts?: boolean
  readonly error?: FlowError | undefined
  /** The request or the answer; its documents stay the bytes of the frame until somebody looks. */
  readonly body?: DataRequest | undefined
}

const BODY = (15 << 3) | 2

export function encodeFrame(frame: Frame): Uint8Array {
  const { body } = frame
  return writing((writer) => {
    sluice.Frame.encode(protoOf(frame), writer)
    if (!body) return
    writeRequest(body, writer.uint32(BODY).fork())
    writer.ldelim()
  })
}

/** @throws {FlowError} INVALID_ARGUMENT for bytes that are no frame, UNIMPLEMENTED for one of a version that is not read here */
export function decodeFrame(bytes: Uint8Array): Frame {
  return decoding('frame', bytes, () => {
    const { version, id, kind, remainingMs, attempt, metadata, caller, parts, error, body } = sluice.Frame.decode(bytes)
    if (version !== FRAME_VERSION && (version !== FRAME_VERSION - 1 || version < 1)) throw unknownVersion(version ?? 0)
    return {
      id: Number(id ?? 0),
      kind: kinds[kind ?? 0] ?? 'REQUEST',
      remainingMs: remainingMs ?? undefined,
      attempt: attempt ?? 0,
      metadata: mapOf(metadata),
      caller: caller ? callerOf(caller) : undefined,
      parts: parts ?? false,
      error: error ? errorOf(error) : undefined,
      body: body && body.length > 0 ? decodeRequest(body) : undefined,
    }
  })
}

/** What stands at the beginning of a frame. */
export type FrameHead = Pick<Frame, 'id' | 'kind' | 'remainingMs'>

// version, id, kind and the time that is left, each after its tag
const HEAD = { id: 3, kind: 12, remainingTag: 13, remainingMs: 14, end: 18 }
const REMAINING_MS = (4 << 3) | 5

/**
 * Reads the beginning of a frame, and nothing else of it.
 * @throws {FlowError} as {@link decodeFrame}
 */
export function readHead(bytes: Uint8Array): FrameHead {
  const view = viewOf(bytes)
  if (bytes[1] !== FRAME_VERSION || bytes.length < HEAD.remainingTag) return decodeFrame(bytes)
  const timed = bytes[HEAD.remainingTag] === REMAINING_MS && bytes.length >= HEAD.end
  return {
    id: view.getUint32(HEAD.id, true) + view.getUint32(HEAD.id + 4, true) * 2 ** 32,
    kind: kinds[bytes[HEAD.kind] ?? 0] ?? 'REQUEST',
    remainingMs: timed ? view.getUint32(HEAD.remainingMs, true) : undefined,
  }
}

/** Gives a frame another id, in its place; and another time that is left, if it has one. */
export function rewriteHead(bytes: Uint8Array, id: number, remainingMs?: number): void {
  const view = viewOf(bytes)
  view.setUint32(HEAD.id, id >>> 0, true)
  view.setUint32(HEAD.id + 4, Math.floor(id / 2 ** 32), true)
  if (remainingMs !== undefined) view.setUint32(HEAD.remainingMs, wholeMs(remainingMs), true)
}

function viewOf({ buffer, byteOffset, byteLength }: Uint8Array): DataView {
  return new DataView(buffer, byteOffset, byteLength)
}

function wholeMs(remainingMs: number): number {
  return Math.min(Math.max(0, Math.ceil(remainingMs)), 2 ** 32 - 1)
}

// of one shape whatever a frame has: it is made for each
function protoOf({
  id,
  kind,
  remainingMs,
  attempt,
  metadata,
  caller,
  parts,
  error,
}: Omit<Frame, 'body'>): sluice.IFrame {
  return {
    version: FRAME_VERSION,
    id,
    kind: kinds.indexOf(kind),
    remainingMs: remainingMs === undefined ? null : wholeMs(remainingMs),
    attempt: attempt ?? null,
    metadata: metadata && metadata.size > 0 ? Object.fromEntries(metadata) : null,
    caller: caller ? (caller as sluice.ICaller) : null,
    parts: parts ?? null,
    error: error ? errorProto(error) : null,
  }
}

const NONE: ReadonlyMap<string, string> = new Map()

function mapOf(metadata: Record<string, string> | null | undefined): ReadonlyMap<string, string> {
  for (const _ in metadata) return new Map(Object.entries(metadata))
  return NONE
}

function callerOf({ id, principal, address }: sluice.ICaller): Caller {
  return { id: id ?? '', principal: principal ?? undefined, address: address ?? undefined }
}

function errorProto({ code, reason, details }: FlowError): sluice.IError {
  const { executor, endpoint, requestId, hint, retryAfterMs } = details
  return {
    code,
    reason,
    executor: executor ?? null,
    endpoint: endpoint ?? null,
    requestId: requestId ?? null,
    hint: hint ?? null,
    retryAfterMs: retryAfterMs ?? null,
  }
}

function errorOf({ code, reason, executor, endpoint, requestId, hint, retryAfterMs }: sluice.IError): FlowError {
  return new FlowError(isCode(code) ? code : Code.UNKNOWN, reason ?? '', {
    executor: executor ?? undefined,
    endpoint: endpoint ?? undefined,
    requestId: requestId ?? undefined,
    hint: hint ?? undefined,
    retryAfterMs: retryAfterMs ?? undefined,
  })
}

function isCode(code: number | null | undefined): code is Code {
  return Object.values(Code).includes(code as Code)
}

function unknownVersion(version: number): FlowError {
  return new FlowError('UNIMPLEMENTED', `a frame of version ${version}, where ${FRAME_VERSION} is spoken`, {
    hint: 'Run versions of Sluice that are at most one apart',
  })
}
