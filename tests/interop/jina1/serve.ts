import { parseArgs } from 'node:util'
import { referenceFlow } from './flow.ts'

const { values } = parseArgs({
  options: {
    protocol: { type: 'string', default: 'grpc' },
    port: { type: 'string', default: '21000' },
    'tls-cert': { type: 'string' },
    'tls-key': { type: 'string' },
  },
})

const cert = values['tls-cert']
const key = values['tls-key']
const flow = referenceFlow({
  protocol: values.protocol as 'grpc',
  port: Number(values.port),
  ...(cert && key && { tls: { cert, key } }),
})
const running = await flow.start()
console.log('READY')
await running.block()
