import type { CompiledDeployment, CompiledFlowOptions } from '../options.ts'

/** What a flow consists of, options with their defaults. */
export interface FlowDescription {
  readonly options: CompiledFlowOptions
  readonly deployments: readonly CompiledDeployment[]
  /** Where relative `uses` start. */
  readonly baseDir: string
}
