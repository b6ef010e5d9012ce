import type { Connection } from '../../executors/transports/index.ts'

/** The gateway itself, as `needs` and routes name it. */
export const GATEWAY = 'gateway'

/** A node of the graph: a deployment and what must come before it. */
export interface NodeSpec {
  readonly name: string
  /** Names of the nodes whose answers it takes, or `gateway`. @default the node before it, `gateway` for the first */
  readonly needs?: readonly string[] | undefined
}

/** A node and how to reach its executor. */
export interface NodeTarget extends NodeSpec {
  readonly connection: Connection
}
