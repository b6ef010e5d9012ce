import type { JsonObject } from './json.ts'

/** A JSON Schema (draft 2020-12). Beside its own types there are `file` and `tensor`, as BentoML's clients read them. */
export type JsonSchema = JsonObject

/** A typed endpoint as its executor describes it to gateways and clients: nothing in it but JSON. */
export interface ApiDescription {
  /** An identifier, unique in its executor. */
  readonly name: string
  /** Path under which HTTP serves it, with a leading slash. */
  readonly route: string
  /** Of the arguments together: an object with one property an argument, or the one value where `root`. */
  readonly input: JsonSchema
  /** Of the result, or of each item where `stream`. */
  readonly output: JsonSchema
  /** It takes one value, not named arguments. */
  readonly root: boolean
  /** It answers with a stream of items. */
  readonly stream: boolean
  /** It may be submitted, to be asked for its result later. */
  readonly task: boolean
  /** Its one argument is a list that may be joined with those of other calls. */
  readonly batchable: boolean
  /** False where running a call twice does harm. */
  readonly idempotent: boolean
  /** MIME type of the result, where it says more than its kind. */
  readonly contentType?: string
  /** One line. */
  readonly summary?: string
  /** More of it; Markdown. */
  readonly description?: string
  readonly deprecated?: boolean
  /** What a call may take. Unit: ms. */
  readonly timeoutMs?: number
  /** Calls at once, at one gateway. */
  readonly maxConcurrency?: number
  /** Arguments of calls that one may try. */
  readonly examples?: readonly JsonObject[string][]
}

/** What `execEndpoint` of typed calls begins with; document endpoints of the same name are others. */
const TYPED = 'api:'

/** The `execEndpoint` of calls to a typed endpoint. */
export function apiEndpoint(name: string): string {
  return TYPED + name
}

/** The typed endpoint that an `execEndpoint` names, if it does. */
export function apiName(execEndpoint: string): string | undefined {
  return execEndpoint.startsWith(TYPED) ? execEndpoint.slice(TYPED.length) : undefined
}

/** What `execEndpoint` of a question about arguments begins with. */
const CHECKED = 'api-check:'

/** The `execEndpoint` under which an executor checks the arguments of a typed endpoint, and does no more. */
export function checkEndpoint(name: string): string {
  return CHECKED + name
}

/** The typed endpoint whose arguments are to be checked, if an `execEndpoint` says so. */
export function checkedName(execEndpoint: string): string | undefined {
  return execEndpoint.startsWith(CHECKED) ? execEndpoint.slice(CHECKED.length) : undefined
}
