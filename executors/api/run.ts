import {
  type Call,
  type DataRequest,
  DocumentArray,
  decodeValue,
  encodeValue,
  FlowError,
  type Handler,
  type Logger,
  type ResponseInfo,
  statusOfError,
  statusOfThrown,
} from '../../proto/index.ts'
import { TaskResponse } from '../background.ts'
import { stoppedByCaller } from '../cancelled.ts'
import type { Executor } from '../executor.ts'
import { isStream, Undelivered } from '../stream.ts'
import type { BoundApi } from './api.ts'
import { checkArguments } from './check.ts'
import { RunApiContext } from './context.ts'
import { issuesOf } from './issues.ts'
import type { Schema } from './types.ts'

export interface RunApiOptions {
  readonly exposeStacks: boolean
  readonly peers: Handler | undefined
  readonly logger: Logger
  /** Is given what is to be done when the answer has been handed over. */
  readonly after: (context: RunApiContext) => void
}

/** Documents of a typed call are its arguments, which it gets as such. */
const NO_DOCS = new DocumentArray()

/**
 * One typed call: checks its arguments, runs the method, checks what came back. A method that throws, and arguments that are refused,
 * resolve: the answer has the status, and no documents. What the caller stopped rejects.
 */
export async function runApi(
  executor: Executor,
  api: BoundApi,
  request: DataRequest,
  call: Call,
  { exposeStacks, peers, logger, after }: RunApiOptions,
): Promise<DataRequest> {
  const context = new RunApiContext(request, call, logger, NO_DOCS, executor.metas.name, peers)
  try {
    const args = await argumentsOf(api, request)
    const method = (executor as unknown as Record<PropertyKey, (...given: unknown[]) => unknown>)[api.method]
    const { emit } = call
    if (emit && !api.description.stream) context.report = (docs) => emit(request.with({ docs })).catch(undelivered)
    const returned = await method?.call(executor, args, context)
    const result = returned instanceof TaskResponse ? returned.result : returned
    if (returned instanceof TaskResponse) context.background.addAll(returned.background)
    const answered = api.description.stream
      ? await answerStream(api, result, request, call, context)
      : answer(request, encodeValue(await checkedResult(api, result)), context.responseInfo)
    after(context)
    return answered
  } catch (error) {
    const cause = error instanceof Undelivered ? error.cause : error
    const { name } = api.description
    if (cause !== error || stoppedByCaller(error, call)) {
      throw FlowError.from(cause, 'CANCELLED', { executor: executor.name, endpoint: name })
    }
    const { requestId } = request.header
    if (!isRefusal(error))
      logger.warn({ err: error, executor: executor.name, endpoint: name, requestId }, 'a typed endpoint failed')
    return failure(request, error, executor, exposeStacks)
  }
}

/** Whether the arguments of a call would do: an answer without documents, with what is wrong with them if anything is. */
export async function checkApi(executor: Executor, api: BoundApi, request: DataRequest): Promise<DataRequest> {
  try {
    await argumentsOf(api, request)
    return answer(request, new DocumentArray(), undefined)
  } catch (error) {
    return failure(request, error, executor, false)
  }
}

async function argumentsOf({ description, options }: BoundApi, request: DataRequest): Promise<unknown> {
  const { name, input: described } = description
  const value = decodeValue(request.docs)
  return checkArguments(value, { name, described, input: options.input ?? {}, strict: options.strict ?? false })
}

/** @throws {FlowError} INTERNAL where the method broke its own word */
async function checkedResult({ description: { name, stream }, options: { output } }: BoundApi, result: unknown) {
  if (isStream(result) && !stream) {
    throw new FlowError('INTERNAL', `typed endpoint "${name}" gave back a generator`, {
      hint: 'Say so: api({ stream: true })',
    })
  }
  if (!output) return result
  const checked = (output as Schema)['~standard'].validate(result)
  const { value, issues } = 'then' in checked ? await checked : checked
  if (!issues) return value
  const what = issuesOf(issues, result).map(({ loc, msg }) => (loc.length > 0 ? `${loc.join('.')}: ${msg}` : msg))
  throw new FlowError('INTERNAL', `typed endpoint "${name}" gave back what its output refuses: ${what.join('; ')}`)
}

/** Each item is a part, which is sent before the next one is asked for; who wants no parts gets a list. */
async function answerStream(
  api: BoundApi,
  stream: unknown,
  request: DataRequest,
  call: Call,
  context: RunApiContext,
): Promise<DataRequest> {
  if (!isStream(stream))
    throw new FlowError('INTERNAL', `typed endpoint "${api.description.name}" streams, and gave back no generator`)
  const kept: unknown[] = []
  try {
    while (true) {
      const { done, value } = await (stream as AsyncGenerator<unknown, unknown, undefined>).next()
      if (done) break
      const item = await checkedResult(api, value)
      if (call.emit) await call.emit(answer(request, encodeValue(item), context.responseInfo)).catch(undelivered)
      else kept.push(item)
    }
  } finally {
    await stream.return(undefined)
  }
  return answer(request, call.emit ? new DocumentArray() : encodeValue(kept), context.responseInfo)
}

function undelivered(cause: unknown): never {
  throw new Undelivered(cause)
}

function answer(request: DataRequest, docs: DocumentArray, response: ResponseInfo | undefined): DataRequest {
  return request.with({ docs, header: response ? { ...request.header, response } : request.header })
}

function failure(request: DataRequest, error: unknown, executor: Executor, exposeStacks: boolean): DataRequest {
  const known = FlowError.is(error)
  const status = known
    ? statusOfError(error.with({ executor: executor.name }))
    : statusOfThrown(error, executor.constructor.name, exposeStacks)
  const response = known ? responseOf(error) : undefined
  const header = { ...request.header, status, ...(response && { response }) }
  return request.with({ docs: new DocumentArray(), header })
}

function responseOf({ details: { httpStatus, retryAfterMs, issues } }: FlowError): ResponseInfo {
  return {
    ...(httpStatus !== undefined && { status: httpStatus }),
    ...(retryAfterMs !== undefined && { retryAfterMs }),
    ...(issues && { issues: JSON.stringify(issues) }),
  }
}

// what a method says to its caller is no news
function isRefusal(error: unknown): boolean {
  return FlowError.is(error) && !['UNKNOWN', 'INTERNAL', 'DATA_LOSS', 'UNAVAILABLE'].includes(error.codeName)
}
