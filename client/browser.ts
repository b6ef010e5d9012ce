// What index.ts exports, without Node in it: `sluice/client` for bundlers that build for browsers.
export {
  Code,
  type Content,
  DataRequest,
  Document,
  DocumentArray,
  type DocumentInit,
  type DocumentLike,
  FlowError,
  type JsonObject,
  NdArray,
  SparseNdArray,
  type Status,
} from '../proto/index.ts'
export type { GraphqlAnswer, GraphqlError, GraphqlOptions } from './graphql.ts'
export type { Inputs } from './inputs.ts'
export type { ClientOptions, ClientProtocolName } from './options.ts'
export { Client } from './platform/browser.ts'
export type { PostOptions, StreamOptions } from './post.ts'
export type { Profile } from './profile.ts'
export type { Compression } from './protocols/protocol.ts'
export type { RetryOptions } from './retry.ts'
export type { TlsOptions } from './tls.ts'
