import { type Call, type DataRequest, FlowError, whenCancelled } from '../../proto/index.ts'

/** Reading from the connection that the answers come by. */
export interface Reading {
  pause(): void
  resume(): void
}

interface Waiting {
  readonly call: Call
  resolve(answer: DataRequest): void
  reject(error: FlowError): void
  /** Resolves when the parts that have come are delivered. */
  parts?: Promise<void>
}

/**
 * The requests of one session that wait for answers. An answer finds its request by its id, in whatever order they come; parts are
 * given to the caller one after the other, and while one of them is not taken nothing more is read.
 */
export class Pending {
  readonly #reading: Reading
  readonly #waiting = new Map<string, Waiting>()
  #undelivered = 0
  #abandoned = false
  #closed = false

  constructor(reading: Reading) {
    this.#reading = reading
  }

  /** True where the other side still works for this one: on requests that wait, or were given up. */
  get unanswered(): boolean {
    return this.#abandoned || this.#waiting.size > 0
  }

  has({ header }: DataRequest): boolean {
    return this.#waiting.has(header.requestId)
  }

  /** The answer, when it comes; rejects where the call is cancelled first. */
  expect({ header: { requestId } }: DataRequest, call: Call): Promise<DataRequest> {
    return new Promise((resolve, reject) => {
      if (this.#closed) {
        reject(givenUp())
        return
      }
      const settle = (how: () => void) => {
        if (this.#waiting.get(requestId) !== waiting) return
        this.#waiting.delete(requestId)
        leave()
        how()
      }
      const waiting: Waiting = {
        call,
        resolve: (answer) => settle(() => resolve(answer)),
        reject: (error) => settle(() => reject(error)),
      }
      let leave: () => unknown = () => {}
      this.#waiting.set(requestId, waiting)
      leave = whenCancelled(call, (error) => {
        if (this.#waiting.get(requestId) === waiting) this.#abandoned = true
        waiting.reject(error)
      })
    })
  }

  /** Hands on what came; what nobody waits for any more is dropped. */
  take(answer: DataRequest): void {
    const waiting = this.#waiting.get(answer.header.requestId)
    if (!waiting || !saysSomething(answer)) return
    if (answer.header.part !== undefined) this.#deliver(answer, waiting)
    else afterParts(waiting, () => waiting.resolve(answer))
  }

  reject({ header }: DataRequest, error: FlowError): void {
    this.#waiting.get(header.requestId)?.reject(error)
  }

  /** The connection is gone. Parts that had come are delivered before their callers are told. */
  fail(error: FlowError): void {
    for (const waiting of [...this.#waiting.values()]) afterParts(waiting, () => waiting.reject(error))
  }

  /** Gives up all; nothing can be expected any more. */
  close(): void {
    this.#closed = true
    for (const waiting of [...this.#waiting.values()]) waiting.reject(givenUp())
  }

  #deliver(part: DataRequest, waiting: Waiting): void {
    const { emit } = waiting.call
    if (!emit) {
      waiting.reject(new FlowError('INTERNAL', 'the server sent a part of an answer that was asked for as a whole'))
      return
    }
    if (this.#undelivered++ === 0) this.#reading.pause()
    waiting.parts = (waiting.parts ?? Promise.resolve())
      .then(async () => {
        if (this.#waiting.get(part.header.requestId) === waiting) await emit(part)
      })
      .catch((error) => waiting.reject(FlowError.from(error)))
      .then(() => {
        if (--this.#undelivered === 0) this.#reading.resume()
      })
  }
}

function afterParts({ parts }: Waiting, run: () => void): void {
  if (parts) parts.then(run)
  else run()
}

// Jina sends a header with nothing but the id before it breaks the stream off
function saysSomething(answer: DataRequest): boolean {
  return answer.header.part !== undefined || answer.routes.length > 0 || answer.status !== undefined || answer.hasDocs
}

function givenUp(): FlowError {
  return new FlowError('CANCELLED', 'the post was given up')
}
