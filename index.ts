// What most programs need; the folders export the rest (sluice/client, sluice/executors, sluice/gateway, sluice/proto).
export { Client, type ClientOptions, type Inputs, type PostOptions } from './client/index.ts'
export {
  type Context,
  createExecutor,
  defineExecutor,
  Executor,
  type ExecutorClass,
  type ExecutorInit,
  requests,
} from './executors/index.ts'
export {
  type DeploymentOptions,
  Flow,
  type FlowOptions,
  type LoadOptions,
  loadFlow,
  parseFlow,
  RunningFlow,
} from './flows/index.ts'
export {
  Code,
  DataRequest,
  type DataRequestInit,
  Document,
  DocumentArray,
  type DocumentInit,
  type DocumentLike,
  FlowError,
  type JsonObject,
  type JsonValue,
  type Logger,
  NdArray,
  SparseNdArray,
  type Status,
} from './proto/index.ts'
