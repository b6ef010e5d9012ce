import type { CompiledDeployment, CompiledFlowOptions } from '../options.ts'

/** A deployment as others are told of it. */
export type DescribedDeployment = CompiledDeployment & {
  readonly replicas?: number
  readonly shards?: number
  readonly polling?: string | Readonly<Record<string, string>>
  /** The filter, or what it was compiled to, which has it as its `filter`. */
  readonly when?: unknown
  readonly floating?: boolean
  readonly noReduce?: boolean
  readonly usesBefore?: CompiledDeployment['uses']
  readonly usesAfter?: CompiledDeployment['uses']
}

/** What a flow consists of, options with their defaults. */
export interface FlowDescription {
  readonly options: CompiledFlowOptions
  readonly deployments: readonly DescribedDeployment[]
  /** Where relative `uses` start. */
  readonly baseDir: string
}
