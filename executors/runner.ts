import {
  apiName,
  type Call,
  checkedName,
  type DataRequest,
  Document,
  DocumentArray,
  FlowError,
  type Handler,
  type JsonObject,
  type Logger,
  merge,
  pythonRepr,
  separated,
  silent,
  statusOfThrown,
} from '../proto/index.ts'
import { findApi } from './api/api.ts'
import { checkApi, runApi } from './api/run.ts'
import { BackgroundWork } from './background.ts'
import { stoppedByCaller } from './cancelled.ts'
import { RunContext } from './context.ts'
import { lookUp } from './endpoints.ts'
import type { Executor } from './executor.ts'
import { withArraysAs } from './output-arrays.ts'
import { isStream, readStream, type Streamed, Undelivered } from './stream.ts'

export interface RunnerOptions {
  /** Key of an object result under `parameters.__results__`. @default `${executor.name}/rep-0`, as in Jina */
  runtimeName?: string
  /** Put stacks of thrown errors into the status that callers see. @default false */
  exposeStacks?: boolean
  /** How it reaches other deployments: the one that `targetExecutor` names. */
  peers?: Handler | undefined
  /** The Python class that peers make of tensors and embeddings in answers: `list`, `numpy`, `torch`, … @default as the executor left them */
  outputArrayType?: string | undefined
  logger?: Logger
}

/** An executor as a Handler, and what it does when it has answered. */
export interface Runner extends Handler {
  readonly background: BackgroundWork
}

/**
 * An executor as a Handler: looks the endpoint up, runs its method on documents of its own, checks what came back.
 *
 * A method that throws resolves: the answer has the status and the documents as they were received. What the caller
 * stopped (deadline, gone) rejects.
 */
export function createRunner(executor: Executor, options: RunnerOptions = {}): Runner {
  const {
    runtimeName = `${executor.name}/rep-0`,
    exposeStacks = false,
    outputArrayType,
    peers,
    logger = silent,
  } = options
  const background = new BackgroundWork(logger)

  const after = ({ addedBackground, endpoint, requestId }: RunContext): void => {
    if (addedBackground) background.begin(addedBackground, { executor: executor.name, endpoint, requestId })
  }

  const runTyped = (name: string, request: DataRequest, call: Call): Promise<DataRequest> => {
    const api = findApi(executor, name)
    if (api) return runApi(executor, api, request, call, { exposeStacks, peers, logger, after })
    return Promise.reject(noApi(name))
  }
  const { name } = executor.metas

  const checkTyped = (name: string, request: DataRequest): Promise<DataRequest> => {
    const api = findApi(executor, name)
    return api ? checkApi(executor, api, request) : Promise.reject(noApi(name))
  }

  const noApi = (name: string) =>
    new FlowError('UNIMPLEMENTED', `no typed endpoint "${name}"`, { executor: executor.name })

  const run: Handler = async (request, call) => {
    const endpoint = request.header.execEndpoint ?? ''
    const typed = apiName(endpoint)
    if (typed !== undefined) return runTyped(typed, request, call)
    const checked = checkedName(endpoint)
    if (checked !== undefined) return checkTyped(checked, request)
    const method = lookUp(executor, endpoint)
    if (!method) return answerUnchanged(merge(separated(request)))
    const docs = request.ownDocs()
    try {
      const context = new RunContext(request, call, logger, docs, name, peers)
      const result = await method.call(executor, docs, context)
      const answered = isStream(result)
        ? answerStream(request, await readStream(result, request, call), runtimeName)
        : answer(request, docs, result, runtimeName)
      after(context)
      return outputArrayType ? withArraysAs(outputArrayType, answered) : answered
    } catch (error) {
      if (error instanceof Undelivered || stoppedByCaller(error, call)) {
        const cause = error instanceof Undelivered ? error.cause : error
        throw FlowError.from(cause, 'CANCELLED', { executor: executor.name, endpoint })
      }
      logger.warn(
        { err: error, executor: executor.name, endpoint, requestId: request.header.requestId },
        'an executor failed',
      )
      return request.with({
        header: { ...request.header, status: statusOfThrown(error, executor.constructor.name, exposeStacks) },
      })
    }
  }
  return Object.assign(run, { background })
}

function answer(request: DataRequest, docs: DocumentArray, result: unknown, runtimeName: string): DataRequest {
  if (result === undefined || result === null || result === docs) return answerDocs(request, docs)
  if (result instanceof DocumentArray) return request.with({ docs: result })
  if (Array.isArray(result) && result.every((item) => item instanceof Document))
    return request.with({ docs: new DocumentArray(result) })
  if (isPlainObject(result)) return answerDocs(withResult(request, result, runtimeName), docs)
  // Jina's words
  throw new TypeError(`The return type must be DocumentArray / Dict / \`None\`, but getting ${shown(result)}`)
}

function answerStream(request: DataRequest, { docs, returned }: Streamed, runtimeName: string): DataRequest {
  const answer = request.with({ docs })
  if (returned === undefined || returned === null) return answer
  if (isPlainObject(returned)) return withResult(answer, returned, runtimeName)
  throw new TypeError(`a generator yields documents, and returns a plain object or nothing, not ${shown(returned)}`)
}

function withResult(request: DataRequest, result: JsonObject, runtimeName: string): DataRequest {
  const parameters = request.ownParameters()
  const results = isPlainObject(parameters.__results__) ? parameters.__results__ : {}
  return request.with({ parameters: { ...parameters, __results__: { ...results, [runtimeName]: result } } })
}

// Documents that nobody changed are answered as the bytes they came in.
function answerDocs(request: DataRequest, docs: DocumentArray): DataRequest {
  return request.dataBytes && docs.untouched ? request : request.with({ docs })
}

function answerUnchanged(request: DataRequest): DataRequest {
  return request.hasDocs ? request : request.with({ docs: new DocumentArray() })
}

function isPlainObject(value: unknown): value is JsonObject {
  if (typeof value !== 'object' || value === null) return false
  const prototype = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}

function shown(result: unknown): string {
  return typeof result === 'object' ? (result?.constructor?.name ?? 'object') : pythonRepr(result)
}
