import type { ServerResponse } from 'node:http'
import { type DataRequest, FlowError } from '../../../proto/index.ts'
import { failedRequest } from '../failed.ts'
import { HttpError } from '../http-error.ts'
import { encode } from './codec.ts'
import { httpStatus } from './status.ts'

// What goes out that is no stream.

/** Sends a JSON text, unless an answer has begun or nobody waits for one. */
export function send(
  response: ServerResponse,
  status: number,
  text: string,
  headers: Readonly<Record<string, string>> = {},
): void {
  if (response.headersSent || response.destroyed) return
  response.writeHead(status, {
    'content-length': Buffer.byteLength(text),
    'content-type': 'application/json',
    ...headers,
  })
  // as text, Node writes head and body at once
  response.end(text)
}

/** Says no in FastAPI's words. */
export function refuse(response: ServerResponse, error: unknown): void {
  const { status, detail, headers } =
    error instanceof HttpError ? error : fromFlowError(FlowError.from(error, 'INTERNAL'))
  send(response, status, JSON.stringify({ detail }), headers)
}

/** Says no to a request that was understood: what was sent comes back with the reason in `header.status`, where Jina's clients read it. */
export function refuseRequest(response: ServerResponse, request: DataRequest, error: FlowError): void {
  const status = httpStatus(error)
  if (status === 422) refuse(response, error)
  else send(response, status, encode(failedRequest(request, error)), retryHeaders(error))
}

function fromFlowError(error: FlowError): HttpError {
  const status = httpStatus(error)
  const detail = status === 422 ? [{ loc: ['body'], msg: error.message, type: 'value_error' }] : error.message
  return new HttpError(status, detail, retryHeaders(error))
}

function retryHeaders({ details: { retryAfterMs } }: FlowError): Record<string, string> {
  return retryAfterMs === undefined ? {} : { 'retry-after': String(Math.ceil(retryAfterMs / 1000)) }
}
