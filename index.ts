// What most programs need; the folders export the rest (sluice/client, sluice/executors, sluice/gateway, sluice/proto).
export { Client, type ClientOptions, type Inputs, type PostOptions } from './client/index.ts'
export {
  type ApiContext,
  type ApiOptions,
  api,
  bytes,
  type Context,
  createExecutor,
  defineExecutor,
  Executor,
  type ExecutorClass,
  type ExecutorInit,
  file,
  fileAt,
  fromSample,
  ImageFile,
  image,
  ndarray,
  requests,
  root,
  table,
} from './executors/index.ts'
export { type DeploymentOptions, Flow, type FlowOptions, loadFlow, parseFlow, RunningFlow } from './flows/index.ts'
export type { Answer, AuthCall, AuthFunction, Middleware, MountedApp, MountOptions } from './gateway/index.ts'
export {
  Code,
  DataRequest,
  type DataRequestInit,
  Document,
  DocumentArray,
  type DocumentInit,
  type DocumentLike,
  FileData,
  FlowError,
  type JsonObject,
  type JsonValue,
  type Logger,
  NdArray,
  SparseNdArray,
  type Status,
} from './proto/index.ts'
