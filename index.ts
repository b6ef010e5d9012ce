export * from './client/index.ts'
export {
  type Context,
  createExecutor,
  defineExecutor,
  Executor,
  type ExecutorClass,
  type Logger,
  requests,
} from './executors/index.ts'
export { type DeploymentOptions, Flow, type FlowOptions, RunningFlow } from './flows/index.ts'
export { SparseNdArray } from './proto/index.ts'
