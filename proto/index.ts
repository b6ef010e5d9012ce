export { type ApiDescription, apiEndpoint, apiName, checkEndpoint, checkedName, type JsonSchema } from './api.ts'
export type {
  ApiTypes,
  Arguments,
  CallArguments,
  ExecutorMember,
  Fields,
  Given,
  Got,
  Input,
  Schema,
  Signature,
  Signatures,
} from './api-types.ts'
export { fromBase64, toBase64 } from './base64.ts'
export { CallContext, type CallOptions, orCancelled, remainingMs, whenCancelled } from './call.ts'
export { Code, type CodeName, codeName, isRetryable } from './code.ts'
export {
  decodeFrame,
  encodeFrame,
  FRAME_VERSION,
  type Frame,
  type FrameHead,
  type FrameKind,
  readHead,
  rewriteHead,
} from './codec/frame.ts'
export { decodeJsonAnswer, documentFromJson, documentsFromJson, encodeJsonRequest } from './codec/json.ts'
export { deepPlain, isObject, JsonReader, parseExact } from './codec/json-read.ts'
export { documentsText, documentText } from './codec/json-write.ts'
export { decodeRequest, decodeRequests, decodeStatus, encodeRequest, encodeRequests } from './codec/protobuf.ts'
export { Document } from './document.ts'
export { DocumentArray } from './document-array.ts'
export type { NamedScore, Scores, Tensor } from './document-fields.ts'
export type { Content, DocumentInit, DocumentLike } from './document-init.ts'
export { type DType, dtypes, type TypedArray } from './dtype.ts'
export { FileData, type FileInit } from './file-data.ts'
export { decodeDocuments, encodeDocuments, type FileFormat, loadDocuments, saveDocuments } from './files.ts'
export { FlowError, type FlowErrorDetails, type Issue, messageOf } from './flow-error.ts'
export { type Call, type Caller, compose, type Handler, type Interceptor, turnOf } from './handler.ts'
export { newId } from './id.ts'
export { type JsonObject, type JsonValue, setKey } from './json.ts'
export { alternatives, objectOf, resolved, typesOf } from './json-schema.ts'
export {
  defaultPrefetch,
  defaultRequestSize,
  defaultTimeoutMs,
  maxConnectionBytes,
  maxDepth,
  maxInFlightBytes,
  maxMessageBytes,
  maxTargetLength,
  maxTimerMs,
} from './limits.ts'
export { type Logger, silent } from './logger.ts'
export { gatherApart, merge, separated } from './merge.ts'
export { guessMimeType } from './mime-type.ts'
export { NdArray, type NdArrayInit, type TensorLike } from './nd-array.ts'
export type { NestedNumbers } from './nested-numbers.ts'
export { compileQuery, type Query } from './query.ts'
export {
  type Branch,
  DataRequest,
  type DataRequestInit,
  type Header,
  type RequestChanges,
  type ResponseInfo,
  type Route,
} from './request.ts'
export { SparseNdArray, type TensorInput } from './sparse-nd-array.ts'
export type { SchemaResult, StandardSchema } from './standard-schema.ts'
export { type ExceptionInfo, errorOfStatus, pythonRepr, type Status, statusOfError, statusOfThrown } from './status.ts'
export { nowMs } from './time.ts'
export { type CarriedValue, carriedValue, decodeValue, encodeValue, jsonValue, textValue } from './typed-value.ts'
