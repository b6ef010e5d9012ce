// A task is a typed call that runs while nobody waits for it.

/** How a task stands, in the words of BentoML's clients; one that waits for its turn is in progress too. */
export type TaskState = 'in_progress' | 'completed' | 'failed' | 'canceled'

/** A task as it is given to a store. */
export interface NewTask {
  /** 32 hexadecimal digits. */
  readonly id: string
  readonly deployment: string
  /** Name of the typed endpoint. */
  readonly api: string
  /** What to do, as `bytes.ts` packs it. */
  readonly call: Uint8Array
}

/** What a store knows of a task. */
export interface Task extends Omit<NewTask, 'call'> {
  readonly state: TaskState
  /** Unit: ms since 1970. */
  readonly createdMs: number
  /** When it began to run; undefined while it waits. Unit: ms since 1970. */
  readonly executedMs: number | undefined
  /** What it last said of itself, as JSON; undefined where it said nothing. */
  readonly progress: string | undefined
}

/** How a task ended by itself. */
export interface Outcome {
  readonly state: 'completed' | 'failed'
  /** The answer or the error, as `bytes.ts` packs it. */
  readonly bytes: Uint8Array
}

/** What a task that runs is told, and tells. */
export interface Running {
  readonly task: NewTask
  /** Aborts when it is canceled, or its gateway closes. */
  readonly signal: AbortSignal
  /** How many gateways were lost while they ran it. */
  readonly lost: number
  progress(json: string): Promise<void>
}

/** Does a task; what goes wrong is an outcome too. */
export type Work = (running: Running) => Promise<Outcome>

/**
 * Where tasks are kept, and whose turn it is. A state that is not `in_progress` stays as it is.
 * Its methods reject with UNAVAILABLE where what it keeps them in cannot be reached.
 */
export interface TaskStore {
  /** Keeps a task, and does it as soon as there is a place. */
  add(task: NewTask): Promise<void>
  find(id: string): Promise<Task | undefined>
  /** What a task was to do. */
  callOf(id: string): Promise<Uint8Array | undefined>
  /** How it ended; undefined where it has not, or was canceled. */
  outcomeOf(id: string): Promise<Uint8Array | undefined>
  /** Ends a task: one that waits is not begun, one that runs is told by its signal. */
  cancel(id: string): Promise<void>
  /** Begins no more, and resolves when what runs has ended. */
  drain(): Promise<void>
  /** Stops what runs; a durable store leaves it to others. */
  close(): Promise<void>
}
