import { FlowError, isObject } from '../../proto/index.ts'
import { openCall } from '../deadline.ts'
import { textOf } from '../protocols/fetcher.ts'
import { withAttempts } from '../retry.ts'
import { ask, prepared, resultReader } from './call.ts'
import type { Connection } from './connection.ts'
import type { Endpoint } from './endpoint.ts'
import type { Exchange } from './exchange.ts'
import type { ServiceCallOptions } from './options.ts'

/** How far a task is: the first two go on, the others are final. */
export type TaskState = 'pending' | 'in_progress' | 'completed' | 'failed' | 'canceled'

export interface TaskStatus {
  readonly id: string
  readonly state: TaskState
  /** As the service writes it. */
  readonly createdAt?: string
  readonly executedAt?: string
}

/** A call that was submitted: it runs on whether somebody waits or not. */
export interface Task<Result = unknown> {
  readonly id: string
  status(options?: ServiceCallOptions): Promise<TaskStatus>
  /** Its result, as often as it is asked for. @throws {FlowError} what it failed with; INVALID_ARGUMENT where it is not done */
  get(options?: ServiceCallOptions): Promise<Result>
  /** Asks until it is done, then gets its result. @throws {FlowError} as {@link get}; CANCELLED; DEADLINE_EXCEEDED after `timeoutMs`, and the task runs on */
  wait(options?: ServiceCallOptions): Promise<Result>
  cancel(options?: ServiceCallOptions): Promise<void>
  /** Runs it once more, as a task of its own. */
  retry(options?: ServiceCallOptions): Promise<Task<Result>>
}

/** Tasks of one endpoint. */
export class Tasks {
  readonly #connection: Connection
  readonly #name: string

  constructor(connection: Connection, name: string) {
    this.#connection = connection
    this.#name = name
  }

  /** Begins a task. @throws {FlowError} FAILED_PRECONDITION for an endpoint that is no task */
  async submit(given: unknown, options: ServiceCallOptions = {}): Promise<Task> {
    return this.#ask(options, async (endpoint, { call }) => ({
      path: `${endpoint.route}/submit`,
      method: 'POST',
      sent: await prepared(this.#connection, endpoint, given, call),
      // twice would be two tasks
      idempotent: false,
      read: (response, init) => this.#task(response, init),
    }))
  }

  async status(id: string, options: ServiceCallOptions = {}): Promise<TaskStatus> {
    return this.#ask(options, async (endpoint) => ({
      ...asked('GET', endpoint, 'status', id),
      read: async (response, init) => statusOf(await this.#told(response, init)),
    }))
  }

  async get(id: string, options: ServiceCallOptions = {}): Promise<unknown> {
    return this.#ask(options, async (endpoint, open) => ({
      ...asked('GET', endpoint, 'get', id),
      read: resultReader(this.#connection, endpoint, open),
    }))
  }

  async cancel(id: string, options: ServiceCallOptions = {}): Promise<void> {
    await this.#ask(options, async (endpoint) => ({
      ...asked('PUT', endpoint, 'cancel', id),
      read: (response, init) => textOf(response, init, this.#connection.settings.maxMessageBytes),
    }))
  }

  async retry(id: string, options: ServiceCallOptions = {}): Promise<Task> {
    return this.#ask(options, async (endpoint) => ({
      ...asked('POST', endpoint, 'retry', id),
      idempotent: false,
      read: (response, init) => this.#task(response, init),
    }))
  }

  async wait(id: string, options: ServiceCallOptions = {}): Promise<unknown> {
    const { timeoutMs = this.#connection.settings.timeoutMs, signal } = options
    const late = () =>
      new FlowError('DEADLINE_EXCEEDED', `task ${id} is not done after ${timeoutMs} ms`, {
        hint: 'It runs on: ask later',
      })
    const { call, end } = openCall({ timeoutMs, signal }, late)
    const inTime = { ...options, signal: call.signal }
    const attempt = async () => {
      const { state } = await this.status(id, inTime)
      if (state === 'canceled') throw new FlowError('CANCELLED', `task ${id} was cancelled`)
      if (state === 'pending' || state === 'in_progress') throw new Unfinished()
    }
    const often = { maxAttempts: Number.POSITIVE_INFINITY, initialBackoffMs: 50, maxBackoffMs: 1000 }
    try {
      await withAttempts(attempt, often, { call, shouldRetry: (error) => error instanceof Unfinished })
      return await this.get(id, inTime)
    } finally {
      end()
    }
  }

  #ask<T>(options: ServiceCallOptions, prepare: Parameters<typeof ask<T>>[3]): Promise<T> {
    return ask(this.#connection, this.#name, options, async (endpoint, open) => {
      if (!endpoint.task) {
        throw new FlowError('FAILED_PRECONDITION', `${endpoint.name} is no task`, {
          hint: 'Call it, and await its result',
        })
      }
      return prepare(endpoint, open)
    })
  }

  async #task(response: Response, init: RequestInit): Promise<Task> {
    const { id } = statusOf(await this.#told(response, init))
    return {
      id,
      status: (options) => this.status(id, options),
      get: (options) => this.get(id, options),
      wait: (options) => this.wait(id, options),
      cancel: (options) => this.cancel(id, options),
      retry: (options) => this.retry(id, options),
    }
  }

  async #told(response: Response, init: RequestInit): Promise<string> {
    return textOf(response, init, this.#connection.settings.maxMessageBytes)
  }
}

class Unfinished extends FlowError {
  constructor() {
    super('FAILED_PRECONDITION', 'the task is not done')
  }
}

function asked(method: 'GET' | 'POST' | 'PUT', { route }: Endpoint, what: string, id: string) {
  return { path: `${route}/${what}?task_id=${encodeURIComponent(id)}`, method, idempotent: true } satisfies Omit<
    Exchange<never>,
    'read'
  >
}

function statusOf(text: string): TaskStatus {
  const told: unknown = JSON.parse(text)
  const { task_id, status, created_at, executed_at } = (isObject(told) ? told : {}) as Record<
    string,
    string | undefined
  >
  if (typeof task_id !== 'string')
    throw new FlowError('INTERNAL', `the service tells of no task: ${text.slice(0, 200)}`)
  return {
    id: task_id,
    state: status as TaskState,
    ...(created_at && { createdAt: created_at }),
    ...(executed_at && { executedAt: executed_at }),
  }
}
