import type { ServerResponse } from 'node:http'
import { GraphQLError } from 'graphql'
import type { CodeName, DataRequest, FlowError, Route, Status } from '../../../proto/index.ts'
import { isoMicros } from '../envelope.ts'
import type { HttpError } from '../http-error.ts'

const statuses: Partial<Record<CodeName, number>> = {
  INVALID_ARGUMENT: 400,
  UNAUTHENTICATED: 401,
  PERMISSION_DENIED: 403,
  RESOURCE_EXHAUSTED: 429,
  UNAVAILABLE: 503,
  DEADLINE_EXCEEDED: 504,
}

/** Says no to what is no query at all, in GraphQL's words. */
export function refusal(response: ServerResponse, error: FlowError): void {
  if (response.headersSent || response.destroyed) return
  const status = statuses[error.codeName] ?? 500
  const { retryAfterMs } = error.details
  response.writeHead(status, {
    'content-type': 'application/json',
    ...(retryAfterMs !== undefined && { 'retry-after': String(Math.ceil(retryAfterMs / 1000)) }),
  })
  response.end(JSON.stringify({ errors: [graphqlError(error)] }))
}

/** What is wrong with a request; for who accepts plain JSON alone, the specification wants 200 around it. */
export function badRequest(message: string): GraphQLError {
  return new GraphQLError(message, { extensions: { code: 'BAD_REQUEST', http: { status: 400, spec: true } } })
}

/** A body that cannot be read is an error of HTTP, whatever is accepted. */
export function badBody({ message, status, headers }: HttpError): GraphQLError {
  return new GraphQLError(message, { extensions: { code: 'BAD_REQUEST', http: { status, headers, spec: false } } })
}

/** A rejection as an error of the response: its code, and where it happened, in `extensions`. */
export function graphqlError(error: FlowError, asked?: DataRequest): GraphQLError {
  const { executor, endpoint, requestId = asked?.header.requestId, retryAfterMs } = error.details
  return new GraphQLError(error.message, {
    extensions: { code: error.codeName, requestId, executor, endpoint, retryAfterMs },
  })
}

/** What an answer says beside its documents, for `extensions`, in the words of HTTP's envelope. */
export function answerInfo({ header, parameters, routes }: DataRequest): object {
  return {
    requestId: header.requestId,
    status: statusInfo(header.status),
    parameters,
    routes: routes.map(routeInfo),
  }
}

function routeInfo({ executor, startTime, endTime, status }: Route): object {
  return { executor, startTime: timeInfo(startTime), endTime: timeInfo(endTime), status: statusInfo(status) }
}

function timeInfo(ms: number | undefined): string | null {
  return ms === undefined ? null : `${isoMicros(ms)}+00:00`
}

function statusInfo(status: Status | undefined): object | null {
  if (!status) return null
  const { code, description, exception } = status
  const { name, args, stacks, executor } = exception ?? {}
  return { code, description, exception: exception ? { name, args, stacks, executor } : null }
}
