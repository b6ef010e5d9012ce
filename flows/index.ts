export { Flow, RunningFlow } from './flow.ts'
export { type LoadOptions, loadFlow, parseFlow } from './load.ts'
export type { DeploymentOptions, FlowOptions } from './options.ts'
