import { DocumentArray } from '../document-array.ts'
import { FlowError } from '../flow-error.ts'
import { jina, sluice } from '../gen/messages.js'
import { type Branch, DataRequest, type Header, type RequestReader, type ResponseInfo, type Route } from '../request.ts'
import type { ExceptionInfo, Status } from '../status.ts'
import { readDocuments, writeDocuments } from './documents.ts'
import { decoding, readerOf, type Writer, writing } from './reader.ts'
import { decodeStruct, encodeStruct } from './struct.ts'

// jina.DataRequestProto ⇄ DataRequest: the envelope is decoded, parameters and documents stay bytes.

const HEADER = (1 << 3) | 2
const PARAMETERS = (2 << 3) | 2
const ROUTES = (3 << 3) | 2
const DATA = (4 << 3) | 2
const BRANCHES = (100 << 3) | 2
const DOCS = (1 << 3) | 2
const DOCS_BYTES = (2 << 3) | 2

const reader: RequestReader = {
  parameters: (bytes) => decoding('parameters', bytes, decodeStruct),
  docs: (bytes) => decoding('documents', bytes, readData),
}

/**
 * @throws {FlowError} INVALID_ARGUMENT for bytes that are no DataRequestProto, or whose documents are a Python pickle
 */
export function decodeRequest(bytes: Uint8Array): DataRequest {
  return decoding('DataRequest', bytes, () => {
    const { header, parameters, routes, data, branches } = sluice.LazyDataRequest.decode(bytes)
    if (data?.[0] === DOCS_BYTES) throw pickleRefused()
    const wire = { reader, parameters: parameters ?? undefined, data: data ?? undefined }
    const given = { header: headerOf(header), routes: (routes ?? []).map(routeOf), branches: branchesOf(branches) }
    return DataRequest.lazy(given, wire)
  })
}

export function encodeRequest(request: DataRequest): Uint8Array {
  return writing((writer) => writeRequest(request, writer))
}

/** @throws {FlowError} INVALID_ARGUMENT for bytes that are no DataRequestListProto */
export function decodeRequests(bytes: Uint8Array): DataRequest[] {
  const list = decoding('DataRequestList', bytes, () => sluice.LazyDataRequestList.decode(bytes).requests)
  return (list ?? []).map(decodeRequest)
}

export function encodeRequests(requests: readonly DataRequest[]): Uint8Array {
  return sluice.LazyDataRequestList.encode({ requests: requests.map(encodeRequest) }).finish()
}

/** Writes the fields of a DataRequestProto into a message that was begun. */
export function writeRequest(request: DataRequest, writer: Writer): void {
  jina.HeaderProto.encode(request.header as jina.IHeaderProto, writer.uint32(HEADER).fork()).ldelim()
  writeParameters(request, writer)
  for (const route of request.routes) jina.RouteProto.encode(routeProto(route), writer.uint32(ROUTES).fork()).ldelim()
  writeData(request, writer)
  for (const branch of request.branches ?? []) {
    jina.BranchProto.encode(branch as jina.IBranchProto, writer.uint32(BRANCHES).fork()).ldelim()
  }
}

function branchesOf(branches: jina.IBranchProto[] | null | undefined): Branch[] | undefined {
  if (!branches || branches.length === 0) return undefined
  return branches.map(({ executor, count }) => ({ executor: executor ?? '', count: count ?? undefined }))
}

function writeParameters(request: DataRequest, writer: Writer): void {
  if (!request.hasParameters) return
  const bytes = request.parameterBytes
  if (bytes) writer.uint32(PARAMETERS).bytes(bytes)
  else encodeStruct(request.parameters, writer.uint32(PARAMETERS).fork()).ldelim()
}

function writeData(request: DataRequest, writer: Writer): void {
  if (!request.hasDocs) return
  const bytes = request.dataBytes
  if (bytes) writer.uint32(DATA).bytes(bytes)
  else writeDocuments(request.docs, writer.uint32(DATA).fork().uint32(DOCS).fork()).ldelim().ldelim()
}

function readData(bytes: Uint8Array): DocumentArray {
  const input = readerOf(bytes)
  let docs: DocumentArray | undefined
  while (input.pos < input.len) {
    const tag = input.uint32()
    // a message that comes in pieces is all of them
    if (tag === DOCS) docs = docs ? docs.concat(readDocuments(input.bytes())) : readDocuments(input.bytes())
    else if (tag === DOCS_BYTES) throw pickleRefused()
    else input.skipType(tag & 7)
  }
  return docs ?? new DocumentArray().wasRead()
}

function pickleRefused(): FlowError {
  return new FlowError('INVALID_ARGUMENT', '`docs_bytes` is a Python pickle, which can run code and is not read', {
    hint: 'Send the documents in `docs`.',
  })
}

function headerOf(header: jina.IHeaderProto | null | undefined): Header {
  return {
    requestId: header?.requestId ?? '',
    status: header?.status ? statusOf(header.status) : undefined,
    execEndpoint: header?.execEndpoint ?? undefined,
    targetExecutor: header?.targetExecutor ?? undefined,
    timeout: header?.timeout ?? undefined,
    timeoutMs: header?.timeoutMs ?? undefined,
    parts: header?.parts ?? undefined,
    part: header?.part ?? undefined,
    ...(header?.response && { response: responseOf(header.response) }),
  }
}

function responseOf({ status, headers, retryAfterMs, issues }: jina.IResponseProto): ResponseInfo {
  return {
    ...(status && { status }),
    ...(headers?.length && { headers: headers.map(({ name, value }) => ({ name: name ?? '', value: value ?? '' })) }),
    ...(typeof retryAfterMs === 'number' && { retryAfterMs }),
    ...(issues && { issues }),
  }
}

function routeOf({ executor, startTime, endTime, status }: jina.IRouteProto): Route {
  return {
    executor: executor ?? '',
    startTime: startTime ? msOf(startTime) : undefined,
    endTime: endTime ? msOf(endTime) : undefined,
    status: status ? statusOf(status) : undefined,
  }
}

function statusOf({ code, description, exception }: jina.IStatusProto): Status {
  return {
    code: code ? 1 : 0,
    description: description ?? '',
    exception: exception ? exceptionOf(exception) : undefined,
  }
}

function exceptionOf({ name, args, stacks, executor }: jina.StatusProto.IExceptionProto): ExceptionInfo {
  return { name: name ?? '', args: args ?? [], stacks: stacks ?? [], executor: executor ?? '' }
}

function routeProto({ executor, startTime, endTime, status }: Route): jina.IRouteProto {
  return {
    executor,
    startTime: timestamp(startTime),
    endTime: timestamp(endTime),
    status: (status ?? null) as jina.IStatusProto,
  }
}

function timestamp(ms: number | undefined): { seconds: number; nanos: number } | null {
  if (ms === undefined) return null
  const micros = Math.round(ms * 1000)
  const seconds = Math.floor(micros / 1e6)
  return { seconds, nanos: (micros - seconds * 1e6) * 1000 }
}

function msOf({ seconds, nanos }: { seconds?: unknown; nanos?: number | null }): number {
  return Number(seconds ?? 0) * 1000 + (nanos ?? 0) / 1e6
}

/** @throws {FlowError} INVALID_ARGUMENT for bytes that are no StatusProto */
export function decodeStatus(bytes: Uint8Array): Status {
  return decoding('status', bytes, () => statusOf(jina.StatusProto.decode(bytes)))
}
