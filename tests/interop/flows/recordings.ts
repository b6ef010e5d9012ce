import { readdirSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'

// Recordings of flows of the real Jina: ../shared/interop/flows/INDEX.md tells their format.

export type Json = Record<string, unknown>

export interface RecordedRequest {
  readonly id: string
  readonly endpoint: string
  readonly target?: string
  readonly parameters: Json | null
  readonly docs: readonly Json[] | null
  readonly flags: readonly string[]
  /** Predecessors of each join in the order in which they arrived. */
  readonly arrival: Readonly<Record<string, readonly string[]>>
  readonly b64: string
}

export interface RecordedStatus {
  readonly code: number
  readonly description?: string
  readonly exception?: Json
}

export interface RecordedRoute {
  readonly executor: string
  readonly start: boolean
  readonly end: boolean
  readonly status?: RecordedStatus
}

/** What came back. */
export interface Answer {
  readonly grpc: string
  readonly details?: string
  readonly header?: {
    readonly request_id: string
    readonly status: RecordedStatus | null
    readonly exec_endpoint?: string
    readonly target_executor?: string
  }
  readonly parameters?: Json
  readonly routes?: readonly RecordedRoute[]
  readonly has_data?: boolean
  readonly docs?: readonly Json[]
}

export interface RecordedFlow {
  readonly name: string
  readonly family: string
  readonly flags: readonly string[]
  readonly yaml: string
  readonly build: { readonly ok: boolean; readonly exception?: string; readonly message?: string }
  /** Ids of requests that differed between two recordings. */
  readonly nondeterministic?: readonly string[]
  readonly requests: readonly RecordedRequest[]
  readonly responses: readonly Answer[]
}

export function readRecordings(folder: string): RecordedFlow[] {
  const files = readdirSync(folder).filter((file) => file.endsWith('.json'))
  return files.sort().map((file) => {
    const flow = JSON.parse(readFileSync(resolve(folder, file), 'utf8')) as RecordedFlow
    const requests = (flow.requests ?? []).map((request) => ({
      ...request,
      flags: request.flags ?? [],
      arrival: request.arrival ?? {},
    }))
    return { ...flow, requests, responses: flow.responses ?? [] }
  })
}
