export type { Answer, AuthFunction, ExpressMiddleware, Middleware } from './around/index.ts'
export { createEngine } from './engine.ts'
export { Gateway, type GatewayParts } from './gateway.ts'
export { deadline } from './interceptors/deadline.ts'
export type {
  CommandApp,
  FetchHandler,
  Mount,
  MountedApp,
  MountOptions,
  NodeHandler,
  ProxyApp,
} from './mounts/mount.ts'
export { type GatewayOptions, gatewayOptions } from './options.ts'
export type { AuthCall, Front, Protocol, ProtocolName, ProtocolOptions, Running } from './protocols/index.ts'
export { createGraph } from './topology/graph.ts'
export type { NodeSpec, NodeTarget } from './topology/spec.ts'
