export {
  Code,
  type Content,
  DataRequest,
  Document,
  DocumentArray,
  type DocumentInit,
  type DocumentLike,
  FileData,
  FlowError,
  type JsonObject,
  NdArray,
  SparseNdArray,
  type Status,
  type TensorLike,
} from '../proto/index.ts'
export type { GraphqlAnswer, GraphqlError, GraphqlOptions } from './graphql.ts'
export type { Inputs } from './inputs.ts'
export type { ClientOptions, ClientProtocolName } from './options.ts'
export { Client, connect } from './platform/node.ts'
export type { PostOptions, StreamOptions } from './post.ts'
export type { Profile } from './profile.ts'
export type { Compression } from './protocols/protocol.ts'
export type { RetryOptions } from './retry.ts'
export type { TlsOptions } from './tls.ts'
export { declareService } from './typed/declare.ts'
export type { Endpoint, ServiceDescription } from './typed/endpoint.ts'
export { FileResult } from './typed/file-result.ts'
export type { FileInput, NamedFile } from './typed/files.ts'
export type { ConnectOptions, ServiceCallOptions } from './typed/options.ts'
export type { Task, TaskState, TaskStatus } from './typed/task.ts'
export type { Called, Service, ServiceMembers, Streaming, Submittable, Unary } from './typed/types.ts'
