import type { IncomingMessage, ServerResponse } from 'node:http'
import { DataRequest } from '../../../proto/index.ts'
import type { Task } from '../../tasks/index.ts'
import { HttpError } from '../http-error.ts'
import type { Front } from '../protocol.ts'
import { webCall } from '../web-call.ts'
import { createReader } from './call.ts'
import type { TypedOptions } from './options.ts'
import { refusalOf, refusalOfAnswer } from './refusal.ts'
import { deliver, refuse } from './respond.ts'
import type { TypedRoute } from './routes.ts'
import { sendBody } from './send.ts'
import type { TaskRoute, TaskVerb } from './task-routes.ts'

/** Answers what is asked of tasks, as BentoML's clients ask and are answered. */
export type TaskAnswer = (
  task: TaskRoute,
  request: IncomingMessage,
  response: ServerResponse,
  id: string,
) => Promise<void>

/** One question about a task that is there. */
interface Question {
  readonly route: TypedRoute
  readonly task: Task
  readonly request: IncomingMessage
  readonly response: ServerResponse
  /** Of the request. */
  readonly id: string
}

export function createTaskAnswer(front: Front, options: TypedOptions): TaskAnswer {
  const { tasks } = front
  const read = createReader(front, options)

  const submit = async (route: TypedRoute, request: IncomingMessage, response: ServerResponse, id: string) => {
    const call = webCall(request, options.timeoutMs)
    const hold = front.budget.hold()
    const asked = await read(route, request, response, call, hold, id)
    const taken = await tasks.submit(route.service.name, route.api, asked, call)
    if (taken instanceof DataRequest) refuse(response, refusalOfAnswer(taken, id))
    else sendJson(response, { task_id: taken.id, status: taken.state })
  }

  const get = async ({ task, route, request, response, id }: Question) => {
    if (task.state === 'in_progress') throw unfinished(task)
    if (task.state === 'canceled') throw new HttpError(400, `task ${task.id} was canceled`)
    const ending = await tasks.endingOf(task)
    if (!ending) throw notFound()
    const { timeoutMs = options.tasks.timeoutMs } = route.api
    if ('error' in ending) refuse(response, refusalOf(ending.error, timeoutMs, id))
    else if (ending.answer.failed) refuse(response, refusalOfAnswer(ending.answer, id))
    else deliver(request, response, route, ending.answer)
  }

  const retry = async ({ task, route, response }: Question) => {
    if (task.state === 'in_progress') throw unfinished(task)
    const again = await tasks.retry(task, route.api)
    if (!again) throw notFound()
    sendJson(response, { task_id: again.id, status: again.state })
  }

  const cancel = async ({ task, response }: Question) => {
    // one that had ended before stays as it was
    const { state } = (await tasks.cancel(task)) ?? task
    sendJson(response, { task_id: task.id, status: state })
  }

  const answers: Readonly<Record<Exclude<TaskVerb, 'submit'>, (question: Question) => Promise<void>>> = {
    status: async ({ task, response }) => sendJson(response, statusOf(task)),
    get,
    retry,
    cancel,
  }

  return async ({ route, verb }, request, response, id) => {
    try {
      if (verb === 'submit') return await submit(route, request, response, id)
      const task = await tasks.find(route.service.name, route.api, idOf(request))
      if (!task) throw notFound()
      await answers[verb]({ route, task, request, response, id })
    } catch (error) {
      refuse(response, refusalOf(error, options.timeoutMs, id))
    }
  }
}

function statusOf({ id, state, createdMs, executedMs, progress }: Task): object {
  return {
    task_id: id,
    status: state,
    created_at: new Date(createdMs).toISOString(),
    executed_at: executedMs === undefined ? null : new Date(executedMs).toISOString(),
    ...(progress !== undefined && { progress: JSON.parse(progress) }),
  }
}

function idOf({ url = '' }: IncomingMessage): string {
  const query = url.indexOf('?')
  const id = query < 0 ? null : new URLSearchParams(url.slice(query)).get('task_id')
  if (!id) throw new HttpError(400, 'task_id is required')
  return id
}

function unfinished({ id }: Task): HttpError {
  return new HttpError(400, `task ${id} is not completed yet`)
}

function notFound(): HttpError {
  return new HttpError(404, 'task_id not found')
}

function sendJson(response: ServerResponse, body: object): void {
  sendBody(response, 200, { 'content-type': 'application/json' }, JSON.stringify(body))
}
