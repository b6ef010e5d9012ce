import type { DataRequest, Issue, Route } from '../../../proto/index.ts'
import { dataText, EnvelopeError, isoMicros, readEnvelope, statusText } from '../envelope.ts'
import { HttpError } from '../http-error.ts'
import { findJsonError } from './json-error.ts'

// Jina's HTTP envelope ⇄ DataRequest. Requests come in camelCase or snake_case, answers go out in camelCase.

/**
 * The request that a body asks for. `endpoint` is the route's own; without one the body names it (`/` if it does not).
 * @throws {HttpError} 422 with pydantic's list of mistakes
 */
export function decode(body: Buffer, contentType: string | undefined, endpoint?: string): DataRequest {
  if (body.length === 0) throw refused([{ loc: ['body'], msg: 'field required', type: 'value_error.missing' }])
  if (!isJson(contentType))
    throw refused([{ loc: ['body'], msg: 'value is not a valid dict', type: 'type_error.dict' }])
  const text = body.toString()
  try {
    return readEnvelope(parse(text), text, endpoint)
  } catch (error) {
    throw error instanceof EnvelopeError ? refused(error.issues) : error
  }
}

export function encode(answer: DataRequest): string {
  const { requestId, status, execEndpoint, targetExecutor, part } = answer.header
  return (
    `{"header":{"requestId":${JSON.stringify(requestId)},"status":${statusText(status)}` +
    `,"execEndpoint":${JSON.stringify(execEndpoint ?? null)},"targetExecutor":${JSON.stringify(targetExecutor ?? '')}` +
    `${part === undefined ? '' : `,"part":${part}`}},"parameters":${JSON.stringify(answer.parameters)}` +
    `,"routes":[${answer.routes.map(routeText).join()}],"data":${dataText(answer)}}`
  )
}

function isJson(contentType: string | undefined): boolean {
  return contentType === undefined || /^application\/(json|[\w.-]+\+json)\s*(;|$)/i.test(contentType)
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    const { msg, pos, lineno, colno } = findJsonError(text)
    const where = `${msg}: line ${lineno} column ${colno} (char ${pos})`
    const doc = text.length > 1000 ? `${text.slice(0, 1000)}…` : text
    throw refused([
      { loc: ['body', pos], msg: where, type: 'value_error.jsondecode', ctx: { msg, doc, pos, lineno, colno } },
    ])
  }
}

function refused(detail: readonly (Issue & { ctx?: object })[]): HttpError {
  return new HttpError(422, detail)
}

function routeText({ executor, startTime, endTime, status }: Route): string {
  return `{"executor":${JSON.stringify(executor)},"startTime":${timeText(startTime)},"endTime":${timeText(endTime)},"status":${statusText(status)}}`
}

// as Python's isoformat
function timeText(ms: number | undefined): string {
  return ms === undefined ? 'null' : `"${isoMicros(ms)}+00:00"`
}
