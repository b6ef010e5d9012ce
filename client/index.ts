export {
  Code,
  type Content,
  DataRequest,
  Document,
  DocumentArray,
  type DocumentInit,
  type DocumentLike,
  FlowError,
  NdArray,
  SparseNdArray,
  type Status,
} from '../proto/index.ts'
export { Client } from './client.ts'
export type { Inputs } from './inputs.ts'
export type { ClientOptions, ClientProtocolName } from './options.ts'
export type { PostOptions } from './post.ts'
export type { Profile } from './profile.ts'
export type { Compression } from './protocols/protocol.ts'
export type { RetryOptions } from './retry.ts'
