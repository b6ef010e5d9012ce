import {
  apiEndpoint,
  CallContext,
  type CallOptions,
  DataRequest,
  decodeValue,
  encodeValue,
  errorOfStatus,
  FlowError,
  type Handler,
  type Issue,
  orCancelled,
} from '../../proto/index.ts'

/** One typed call from one program to another: arguments in, result out. */
export interface TypedCallOptions extends CallOptions {
  /** Of the request; a new one unless said. */
  requestId?: string | undefined
}

/**
 * Calls a typed endpoint.
 * @throws {FlowError} what the endpoint failed with, its issues where it refused the arguments; why it was not reached
 */
export async function callApi(
  send: Handler,
  name: string,
  args: unknown,
  { requestId, ...options }: TypedCallOptions = {},
): Promise<unknown> {
  const call = new CallContext(options)
  try {
    return resultOf(await send(requestOf(name, args, requestId), call))
  } finally {
    call.release()
  }
}

/**
 * Calls a typed endpoint that streams. Its items come one at a time, the next when this one was taken; who leaves the loop stops it.
 * @throws {FlowError} as {@link callApi}, also between items
 */
export async function* streamApi(
  send: Handler,
  name: string,
  args: unknown,
  { requestId, ...options }: TypedCallOptions = {},
): AsyncGenerator<unknown, void, undefined> {
  const items: { readonly value: unknown; readonly taken: () => void }[] = []
  let wake = () => {}
  const emit = (part: DataRequest): Promise<void> => {
    const read = new Promise<void>((taken) => items.push({ value: decodeValue(part.docs), taken }))
    wake()
    return orCancelled(call, read)
  }
  const call: CallContext = new CallContext({ ...options, emit })
  let ended = false
  const answered = send(requestOf(name, args, requestId), call).finally(() => {
    ended = true
    wake()
  })
  // who leaves early does not look at it
  answered.catch(() => {})
  try {
    while (true) {
      const item = items.shift()
      if (item) {
        yield item.value
        item.taken()
      } else if (ended) break
      else await new Promise<void>((resolve) => (wake = resolve))
    }
    resultOf(await answered)
  } finally {
    if (!ended) call.cancel(new FlowError('CANCELLED', 'the caller wants no more items'))
    call.release()
  }
}

function requestOf(name: string, args: unknown, requestId: string | undefined): DataRequest {
  const header = { execEndpoint: apiEndpoint(name), ...(requestId !== undefined && { requestId }) }
  return new DataRequest({ header, docs: encodeValue(args) })
}

function resultOf(answer: DataRequest): unknown {
  const { status, response } = answer.header
  if (!answer.failed || !status) return decodeValue(answer.docs)
  const { code, reason, details } = errorOfStatus(status)
  const { issues, status: httpStatus, retryAfterMs } = response ?? {}
  throw new FlowError(code, status.exception?.args[0] ?? reason, {
    ...details,
    httpStatus,
    retryAfterMs,
    issues: issues ? (JSON.parse(issues) as Issue[]) : undefined,
  })
}
