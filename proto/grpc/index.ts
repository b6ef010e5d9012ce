// Jina's gRPC, for those who serve it and those who call it. In Node alone: not part of proto's index.
export { contextOf, type IncomingCall } from './call.ts'
export { addDiscovery, type Health, type ReflectionMethod, reflectionMethod } from './discovery.ts'
export { bind, serverOptions } from './server.ts'
export {
  asIs,
  CALL,
  DRY_RUN,
  definitionOf,
  ENDPOINTS,
  encode,
  HOP,
  INFO,
  LIST,
  type Rpc,
  SINGLE,
  toBuffer,
} from './services.ts'
