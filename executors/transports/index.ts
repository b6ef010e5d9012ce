export { InFlight } from './in-flight.ts'
export { createInproc } from './inproc/index.ts'
export type { Connection, Listener, Served, Transport } from './transport.ts'
