import pRetry from 'p-retry'
import {
  type ApiDescription,
  CallContext,
  carriedValue,
  type DataRequest,
  FlowError,
  type Handler,
} from '../../proto/index.ts'
import { type Ending, packEnding, type TaskCall, unpackCall } from './bytes.ts'
import type { TaskOptions } from './options.ts'
import type { Outcome, Running, Work } from './task.ts'

/** A typed endpoint that may be submitted, and how calls reach it. */
export interface TaskTarget {
  readonly api: ApiDescription
  readonly send: Handler
}

/** Wait before the first retry; each is twice the one before. Unit: ms. */
const backoffMs = 500

/**
 * Does tasks: each is a call of its own, sent again where its executor could not be reached or was lost.
 * @param find - the endpoint of a task; undefined where this gateway has none of that name
 */
export function createWork(
  find: (deployment: string, api: string) => TaskTarget | undefined,
  { timeoutMs, maxRetries }: Pick<TaskOptions, 'timeoutMs' | 'maxRetries'>,
): Work {
  const attempt = async ({ send, api }: TaskTarget, { request, metadata }: TaskCall, running: Running) => {
    const deadline = performance.now() + (api.timeoutMs ?? timeoutMs)
    const emit = (part: DataRequest) => running.progress(jsonOf(part))
    const call = new CallContext({ deadline, metadata, emit, parent: running.signal, caller: { id: 'tasks' } })
    try {
      return await send(request, call)
    } finally {
      call.release()
    }
  }

  const ending = async (running: Running): Promise<Ending> => {
    const { task, signal, lost } = running
    const target = find(task.deployment, task.api)
    if (!target) return { error: new FlowError('NOT_FOUND', `there is no task "${task.api}" of "${task.deployment}"`) }
    const { idempotent } = target.api
    if (lost > (idempotent ? maxRetries : 0)) return { error: givenUp(task.deployment, lost) }
    const call = unpackCall(task.call)
    try {
      const answer = await pRetry(() => attempt(target, call, running), {
        retries: idempotent ? maxRetries : 0,
        minTimeout: backoffMs,
        signal,
        shouldRetry: ({ error }) => mayBeTriedAgain(error),
      })
      return { answer }
    } catch (error) {
      return { error: FlowError.from(error) }
    }
  }

  return async (running): Promise<Outcome> => {
    const ended = await ending(running)
    const well = 'answer' in ended && !ended.answer.failed
    return { state: well ? 'completed' : 'failed', bytes: packEnding(ended) }
  }
}

// one that has said how far it is cannot be run again by its transport, but can from the beginning
function mayBeTriedAgain(error: unknown): boolean {
  return FlowError.is(error) && (error.retryable || error.codeName === 'ABORTED')
}

function givenUp(executor: string, lost: number): FlowError {
  return new FlowError('ABORTED', `the gateway was lost ${lost} times while it ran the task; its effect is unknown`, {
    executor,
  })
}

function jsonOf({ docs }: DataRequest): string {
  const carried = carriedValue(docs)
  return carried.kind === 'json' ? carried.text : JSON.stringify(carried.kind === 'text' ? carried.text : null)
}
