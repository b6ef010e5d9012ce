import { parseArgs } from 'node:util'
import type { FlowOptions } from '../../../flows/index.ts'
import { referenceFlow } from './flow.ts'

const { values } = parseArgs({
  options: {
    protocol: { type: 'string', default: 'grpc' },
    port: { type: 'string', default: '21000' },
    'tls-cert': { type: 'string' },
    'tls-key': { type: 'string' },
    redis: { type: 'string' },
  },
})

const cert = values['tls-cert']
const key = values['tls-key']
// as with Jina, GraphQL is HTTP's guest
const protocol: FlowOptions =
  values.protocol === 'graphql'
    ? { protocol: 'http', exposeGraphqlEndpoint: true }
    : { protocol: values.protocol as 'grpc' }
const flow = referenceFlow({
  ...protocol,
  port: Number(values.port),
  ...(cert && key && { tls: { cert, key } }),
  ...(values.redis && { transport: 'redis', redis: values.redis }),
})
const running = await flow.start()
console.log('READY')
await running.block()
