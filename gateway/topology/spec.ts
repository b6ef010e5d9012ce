import type { Connection } from '../../executors/transports/index.ts'
import type { Query } from '../../proto/index.ts'

/** The gateway itself, as `needs` and routes name it. */
export const GATEWAY = 'gateway'

/** A node of the graph: a deployment and what must come before it. */
export interface NodeSpec {
  readonly name: string
  /** Names of the nodes whose answers it takes, or `gateway`. @default the node before it that does not float, `gateway` for the first */
  readonly needs?: readonly string[] | undefined
  /** Nobody waits for it, unless a node that is awaited needs it. */
  readonly floating?: boolean | undefined
  /** It gets the answers of its branches as they are, one after the other, instead of merged. */
  readonly noReduce?: boolean | undefined
  /** It and the nodes behind it get the documents that this wants, and no others. */
  readonly when?: Query | undefined
}

/** A node and how to reach its executor. */
export interface NodeTarget extends NodeSpec {
  readonly connection: Connection
}
