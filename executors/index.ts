export {
  DataRequest,
  Document,
  DocumentArray,
  type DType,
  FileData,
  type FileInit,
  FlowError,
  type Logger,
  NdArray,
  SparseNdArray,
  silent,
} from '../proto/index.ts'
export { type AnyApi, type ApiDefinition, api, apisOf, type BoundApi, task } from './api/api.ts'
export type { ApiContext, ApiResponse } from './api/context.ts'
export { root } from './api/describe.ts'
export {
  bytes,
  type Columns,
  type FileOptions,
  file,
  fileAt,
  fromSample,
  ImageFile,
  type ImageFormat,
  type ImageOptions,
  image,
  type NdArrayOptions,
  ndarray,
  type Pixels,
  type Row,
  type TableOptions,
  type TensorLike,
  table,
} from './api/schemas/index.ts'
export type { ApiMethod, ApiOptions, Arguments, CallArguments, Given, Got, Input, Schema } from './api/types.ts'
export type { Handle } from './api/use.ts'
export { Background, TaskResponse, taskResponse } from './background.ts'
export {
  type Polling,
  type PollingOption,
  retrying,
  roundRobin,
  sharded,
  timed,
  withSend,
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
export { library } from './library/index.ts'
export { type LimitOptions, limit } from './limit.ts'
export { loadExecutor } from './load.ts'
export type { ExecutorInit, ExecutorMetas, StandardSchema } from './options.ts'
export { createRunner, type Runner, type RunnerOptions } from './runner.ts'
export type { Connection, Listener, Served, Transport } from './transports/index.ts'
export {
  createGrpc,
  createInproc,
  createRedis,
  type GrpcDialOptions,
  type GrpcOptions,
  type GrpcTransport,
  type RedisOptions,
  type RedisTransport,
} from './transports/index.ts'
export { SupervisedWorker, type SupervisorOptions } from './workers/supervisor.ts'
