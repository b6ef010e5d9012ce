import type { ApiDescription } from '../../proto/index.ts'
import { apiEndpoint } from '../../proto/index.ts'
import type { CompiledGatewayOptions } from '../options.ts'
import type { NodeTarget } from '../topology/spec.ts'
import { Slots } from './concurrency.ts'

/** What requests to an endpoint may take, and how many may run at once. */
export interface Limits {
  readonly timeoutMs: number | undefined
  readonly slots: Slots | undefined
}

const NONE: Limits = { timeoutMs: undefined, slots: undefined }

/**
 * The limits of single endpoints, whichever way their requests come: what `exposeEndpoints` says, and typed endpoints of themselves.
 * Executors elsewhere say late what they serve, and may come to say something else: those that run keep their places.
 */
export class EndpointLimits {
  readonly #fixed: ReadonlyMap<string, Limits>
  readonly #nodes: readonly NodeTarget[]
  #seen: readonly (readonly ApiDescription[] | undefined)[] = []
  #typed: ReadonlyMap<string, Limits> = new Map()

  constructor({ exposeEndpoints }: Pick<CompiledGatewayOptions, 'exposeEndpoints'>, nodes: readonly NodeTarget[]) {
    this.#nodes = nodes
    this.#fixed = new Map(Object.entries(exposeEndpoints).map(([name, said]) => [name, limitsOf(said)]))
  }

  of(endpoint: string): Limits {
    return this.#fixed.get(endpoint) ?? this.#typedNow().get(endpoint) ?? NONE
  }

  #typedNow(): ReadonlyMap<string, Limits> {
    if (
      this.#nodes.length === this.#seen.length &&
      this.#nodes.every(({ connection }, i) => connection.apis === this.#seen[i])
    ) {
      return this.#typed
    }
    this.#seen = this.#nodes.map(({ connection }) => connection.apis)
    const before = this.#typed
    const all = this.#seen.flatMap((apis) => apis ?? [])
    this.#typed = new Map(
      all.map((api) => [apiEndpoint(api.name), limitsOf(api, before.get(apiEndpoint(api.name))?.slots)]),
    )
    return this.#typed
  }
}

function limitsOf(
  { timeoutMs, maxConcurrency }: { timeoutMs?: number | undefined; maxConcurrency?: number | undefined },
  before?: Slots,
): Limits {
  const slots =
    maxConcurrency === undefined ? undefined : before?.max === maxConcurrency ? before : new Slots(maxConcurrency)
  return { timeoutMs, slots }
}
