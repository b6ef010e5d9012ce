import {
  type Call,
  DataRequest,
  defaultRequestSize,
  defaultTimeoutMs,
  errorOfStatus,
  FlowError,
  type Handler,
  type JsonObject,
  statusOfError,
} from '../proto/index.ts'
import { checkTimeout, openCall, wholeMs } from './deadline.ts'
import { batches, type Inputs } from './inputs.ts'
import { type Outcome, outcomes } from './outcomes.ts'
import type { Compression, Session } from './protocols/protocol.ts'
import { type RetryOptions, withRetry } from './retry.ts'

/** Options of one post. */
export interface PostOptions {
  /** Any JSON object; `name__key` is for the executor `name` alone. Numbers are doubles. */
  parameters?: JsonObject
  /** Regular expression at the start of executors' names; only those run. */
  targetExecutor?: string
  /** Documents in a request; 0 or less puts all in one. @default 100 */
  requestSize?: number
  /** Called with each answer of success. */
  onDone?: (response: DataRequest) => void | Promise<void>
  /** Called with each failure: an executor's (the response has its status) or the way's (the request as sent, with a status). */
  onError?: (response: DataRequest, error: FlowError) => void | Promise<void>
  /** Called with every response, after the others. */
  onAlways?: (response: DataRequest) => void | Promise<void>
  /** Give back the responses instead of their documents. @default false */
  returnResponses?: boolean
  /** Go on after an executor failed, and keep what it answered. @default false */
  continueOnError?: boolean
  /** Responses in the order of the requests instead of as they come. @default false */
  resultsInOrder?: boolean
  /** Requests in flight at once. Range: 1 and up. @default the client's (1000) */
  prefetch?: number
  /** Show a progress bar on standard error. Node only. @default false */
  showProgress?: boolean
  /** How requests are compressed; over WebSocket, any but the default offers permessage-deflate for both ways. @default "NoCompression" */
  compression?: Compression
  /**
   * Time after which each request is given up, retries included. Unit: ms. Range: above 0. @default the client's (60 000)
   *
   * A time that is given here or to the client is told to the gateway too, which then stops its executors.
   */
  timeoutMs?: number
  /** Gives up the whole post. */
  signal?: AbortSignal
  /** Headers of every request; gRPC: metadata; WebSocket: headers of the handshake, which browsers cannot send. */
  metadata?: Readonly<Record<string, string>>
  /** The same, under HTTP's word. */
  headers?: Readonly<Record<string, string>>
  retry?: RetryOptions
}

/** Options of one stream of responses. */
export interface StreamOptions
  extends Omit<PostOptions, 'onDone' | 'onError' | 'onAlways' | 'returnResponses' | 'showProgress'> {
  /**
   * Give the parts of an answer as they come, each with its number in `header.part`, and then the answer itself, without a number
   * and mostly without documents. Reading slowly slows down the executor (not over a browser's WebSocket, which cannot be paused); leaving stops it. With `resultsInOrder` one request runs
   * at a time; otherwise `header.requestId` tells whose part it is. @default false: the documents of all parts, in the answer
   */
  parts?: boolean
}

/** What a post is made of besides its options. */
export interface PostJob {
  readonly on: string
  readonly inputs: Inputs
  readonly session: Session
  readonly prefetch: number
}

/** Sends the inputs in requests and yields how each ended. Who stops reading stops the sending. */
export async function* postOutcomes(job: PostJob, options: PostOptions & StreamOptions): AsyncGenerator<Outcome> {
  const { prefetch = job.prefetch, resultsInOrder: inOrder = false, parts = false, timeoutMs, retry = {} } = options
  const send = withRetry(job.session.send, retry)
  const requests = requestsOf(job, options)
  try {
    if (!(prefetch >= 1)) throw new FlowError('INVALID_ARGUMENT', `prefetch is at least 1, not ${prefetch}`)
    if (timeoutMs !== undefined) checkTimeout(timeoutMs)
    yield* outcomes(requests, (request, emit) => sendOne(send, request, options, parts ? emit : undefined), {
      prefetch: parts && inOrder ? 1 : prefetch,
      inOrder,
    })
  } finally {
    job.session.close()
    await requests.return(undefined)
  }
}

async function* requestsOf(
  { on, inputs }: PostJob,
  options: PostOptions & StreamOptions,
): AsyncGenerator<DataRequest, undefined> {
  const { parameters, targetExecutor, requestSize = defaultRequestSize, parts, timeoutMs } = options
  const asked = { ...(timeoutMs !== undefined && { timeoutMs: wholeMs(timeoutMs) }), ...(parts && { parts }) }
  for await (const docs of batches(inputs, requestSize)) {
    yield new DataRequest({ header: { execEndpoint: on, targetExecutor, ...asked }, parameters, docs })
  }
}

async function sendOne(
  send: Handler,
  request: DataRequest,
  { timeoutMs = defaultTimeoutMs, signal }: PostOptions,
  emit: Call['emit'],
): Promise<Outcome> {
  const { call, end } = openCall({ timeoutMs, signal, emit }, () => timedOut(request, timeoutMs))
  try {
    const answer = await send(request, call)
    return answer.failed && answer.status
      ? { request, answer, error: errorOfStatus(answer.status) }
      : { request, answer }
  } catch (error) {
    return { request, error: FlowError.from(error) }
  } finally {
    end()
  }
}

function timedOut({ header }: DataRequest, timeoutMs: number): FlowError {
  const { requestId, execEndpoint: endpoint } = header
  return new FlowError('DEADLINE_EXCEEDED', `no answer within ${timeoutMs} ms`, {
    requestId,
    endpoint,
    hint: 'Give it more with timeoutMs',
  })
}

/** What callers see of an outcome: the answer, or the request as sent with the error as its status. */
export function responseOf({ request, answer, error }: Outcome): DataRequest {
  if (answer) return answer
  return request.with({ header: { ...request.header, ...(error && { status: statusOfError(error) }) } })
}
