export type { Ending } from './bytes.ts'
export { type TaskOptions, taskOptions } from './options.ts'
export type { NewTask, Outcome, Running, Task, TaskState, TaskStore, Work } from './task.ts'
export { Tasks, type TasksParts } from './tasks.ts'
