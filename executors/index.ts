export {
  DataRequest,
  Document,
  DocumentArray,
  type DType,
  FlowError,
  type Logger,
  NdArray,
  SparseNdArray,
  silent,
} from '../proto/index.ts'
export {
  type Polling,
  type PollingOption,
  replicated,
  retrying,
  sharded,
  timed,
} from './connections/index.ts'
export type { Context } from './context.ts'
export {
  DEFAULT_ENDPOINT,
  DRY_RUN_ENDPOINT,
  type EndpointMethod,
  type EndpointOptions,
  type EndpointResult,
  type EndpointStream,
  endpointsOf,
  requests,
} from './endpoints.ts'
export { createExecutor, defineExecutor, Executor, type ExecutorClass, type ExecutorDefinition } from './executor.ts'
export { type Hosted, type HostSpec, host } from './host.ts'
export { type LimitOptions, limit } from './limit.ts'
export { loadExecutor } from './load.ts'
export type { ExecutorInit, ExecutorMetas, StandardSchema } from './options.ts'
export { createRunner, type RunnerOptions } from './runner.ts'
export type { Connection, Listener, Served, Transport } from './transports/index.ts'
export { createInproc, createRedis, type RedisOptions, type RedisTransport } from './transports/index.ts'
export { SupervisedWorker, type SupervisorOptions } from './workers/supervisor.ts'
