export { createGrpc, type GrpcDialOptions, type GrpcOptions, type GrpcTransport } from './grpc/index.ts'
export { InFlight } from './in-flight.ts'
export { createInproc } from './inproc/index.ts'
export {
  type About,
  createRedis,
  openLibraries,
  type RedisClient,
  type RedisLibraries,
  type RedisOptions,
  type RedisTransport,
} from './redis/index.ts'
export type { Connection, Listener, Served, Stats, Transport } from './transport.ts'
