import {
  decodeFrame,
  encodeFrame,
  type FlowError,
  type FrameKind,
  type Handler,
  readHead,
  rewriteHead,
} from '../../../proto/index.ts'
import { wasLost } from '../../workers/lost.ts'
import { HopCallee } from './callee.ts'

/** A way to an executor for requests that come in frames already: they pass as they are, and so does what comes back. */
export interface Relay {
  /**
   * Passes a REQUEST on. The beginning of a frame is written anew in its place.
   * @returns tells more of it: a CANCEL or CREDIT frame
   */
  pass(request: Uint8Array, back: RelayBack): (frame: Uint8Array) => void
  /** Sends now what was passed on, where that would wait for more. */
  flush?(): void
}

/** Who has passed a request on. */
export interface RelayBack {
  /** A PART, or END or ERROR, with the id that the request had. */
  receive(frame: Uint8Array, kind: FrameKind): void
  /** There will be no answer: the executor was lost that ran it. */
  lost(): void
}

/** A request that was passed on and is not answered. */
interface Passed {
  readonly id: number
  /** On this process's clock; infinite where it has none. Unit: ms. */
  readonly deadline: number
  readonly back: RelayBack
}

/** Passes frames on over one connection, under ids of its own: those of several callers may be the same. */
export class HopRelay implements Relay {
  readonly #post: (frame: Uint8Array) => void
  readonly #passed = new Map<number, Passed>()
  #nextId: number
  #closed: FlowError | undefined

  /**
   * @param post - sends one frame, in order
   * @param firstId - ids count up from here
   */
  constructor(post: (frame: Uint8Array) => void, firstId = 1) {
    this.#post = post
    this.#nextId = firstId
  }

  /** How long the request that has been over its deadline longest has gone on. Unit: ms; negative: none is. */
  get overdueMs(): number {
    let first = Number.POSITIVE_INFINITY
    for (const { deadline } of this.#passed.values()) first = Math.min(first, deadline)
    return performance.now() - first
  }

  pass(request: Uint8Array, back: RelayBack): (frame: Uint8Array) => void {
    const { id, remainingMs = Number.POSITIVE_INFINITY } = readHead(request)
    if (this.#closed) {
      end({ id, back }, this.#closed)
      return () => {}
    }
    const own = this.#nextId++
    this.#passed.set(own, { id, deadline: performance.now() + remainingMs, back })
    const tell = (frame: Uint8Array) => {
      rewriteHead(frame, own)
      this.#post(frame)
    }
    tell(request)
    return (frame) => this.#passed.has(own) && tell(frame)
  }

  /** Takes a frame from the other side. */
  receive(frame: Uint8Array): void {
    const { id, kind } = readHead(frame)
    const passed = this.#passed.get(id)
    if (!passed) return
    if (kind !== 'PART') this.#passed.delete(id)
    rewriteHead(frame, passed.id)
    passed.back.receive(frame, kind)
  }

  /** Ends what is open, and all that comes after. */
  close(error: FlowError): void {
    this.#closed ??= error
    const open = [...this.#passed.values()]
    this.#passed.clear()
    for (const passed of open) end(passed, error)
  }
}

/** For handlers of this process: frames are read and written here. */
export class HandlerRelay implements Relay {
  readonly #callee: HopCallee
  readonly #passed = new Map<number, Pick<Passed, 'id' | 'back'>>()
  #nextId = 1

  constructor(handler: Handler) {
    this.#callee = new HopCallee(handler, ({ id, ...frame }) => {
      const passed = this.#passed.get(id)
      if (!passed) return
      if (frame.kind !== 'PART') this.#passed.delete(id)
      if (frame.error && wasLost(frame.error)) passed.back.lost()
      else passed.back.receive(encodeFrame({ ...frame, id: passed.id }), frame.kind)
    })
  }

  pass(request: Uint8Array, back: RelayBack): (frame: Uint8Array) => void {
    const own = this.#nextId++
    const frame = decodeFrame(request)
    this.#passed.set(own, { id: frame.id, back })
    this.#callee.receive({ ...frame, id: own })
    return (more) => this.#callee.receive({ ...decodeFrame(more), id: own })
  }
}

function end({ id, back }: Pick<Passed, 'id' | 'back'>, error: FlowError): void {
  if (wasLost(error)) back.lost()
  else back.receive(encodeFrame({ id, kind: 'ERROR', error }), 'ERROR')
}
