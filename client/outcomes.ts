import { type DataRequest, FlowError } from '../proto/index.ts'

/** How one request of a post ended: an answer, or the error that stands in its place. A part of an answer comes as one too. */
export interface Outcome {
  readonly request: DataRequest
  readonly answer?: DataRequest
  readonly error?: FlowError
}

export interface OutcomesOptions {
  /** Requests in flight at most; the source is not asked for more. */
  prefetch: number
  /** In the order of the requests instead of as they complete. */
  inOrder: boolean
}

/**
 * Sends a request.
 * @param emit - takes a part of its answer; resolves when whoever reads the outcomes asks for what is next
 */
export type SendOne = (request: DataRequest, emit: (part: DataRequest) => Promise<void>) => Promise<Outcome>

interface Part {
  readonly outcome: Outcome
  taken(): void
  left(): void
}

/**
 * Sends requests as the source gives them and yields their outcomes. Reading slowly stops the sending: an outcome that
 * nobody has taken counts as in flight.
 */
export async function* outcomes(
  requests: AsyncIterator<DataRequest>,
  send: SendOne,
  { prefetch, inOrder }: OutcomesOptions,
): AsyncGenerator<Outcome> {
  const settled = new Map<number, Outcome>()
  const parts: Part[] = []
  let started = 0
  let yielded = 0
  let asking = false
  let left = false
  const source: { ended: boolean; failure?: { error: unknown } } = { ended: false }
  let wake = () => {}

  const ask = () => {
    if (asking || source.ended || started - yielded >= prefetch) return
    asking = true
    requests.next().then(
      ({ done, value }) => {
        asking = false
        if (done) source.ended = true
        else start(value)
        ask()
        wake()
      },
      (error: unknown) => {
        source.ended = true
        source.failure = { error }
        wake()
      },
    )
  }

  const start = (request: DataRequest) => {
    const position = started++
    const emit = (answer: DataRequest) =>
      new Promise<void>((taken, reject) => {
        if (left) return reject(readerLeft())
        parts.push({ outcome: { request, answer }, taken, left: () => reject(readerLeft()) })
        wake()
      })
    send(request, emit).then((outcome) => {
      settled.set(position, outcome)
      wake()
    })
  }

  // a Map keeps the order in which outcomes came in
  const take = (): Outcome | undefined => {
    const position = inOrder ? yielded : settled.keys().next().value
    const outcome = position === undefined ? undefined : settled.get(position)
    if (outcome) settled.delete(position as number)
    return outcome
  }

  try {
    while (true) {
      ask()
      if (source.failure) throw source.failure.error
      const [part] = parts
      const outcome = part ? undefined : take()
      if (part) {
        yield part.outcome
        parts.shift()
        part.taken()
      } else if (outcome) {
        yielded++
        yield outcome
      } else if (source.ended && yielded === started) {
        return
      } else {
        await new Promise<void>((resolve) => (wake = resolve))
      }
    }
  } finally {
    left = true
    for (const part of parts) part.left()
  }
}

function readerLeft(): FlowError {
  return new FlowError('CANCELLED', 'the reader left')
}
