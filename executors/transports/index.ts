export { InFlight } from './in-flight.ts'
export { createInproc } from './inproc/index.ts'
export { type About, createRedis, type RedisOptions, type RedisTransport } from './redis/index.ts'
export type { Connection, Listener, Served, Stats, Transport } from './transport.ts'
