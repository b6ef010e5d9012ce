export { Flow, RunningFlow } from './flow.ts'
export type { DeploymentOptions, FlowOptions } from './options.ts'
