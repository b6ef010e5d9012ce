export { Flow, RunningFlow } from './flow.ts'
export { loadFlow, parseFlow } from './load.ts'
export type { DeploymentOptions, FlowOptions } from './options.ts'
