import { parseArgs } from 'node:util'
import { serveUpper } from './executor.ts'

const { values } = parseArgs({ options: { port: { type: 'string', default: '21910' } } })
const listener = await serveUpper(Number(values.port))
console.log('READY')
await new Promise((resolve) => process.once('SIGINT', resolve).once('SIGTERM', resolve))
await listener.drain()
await listener.close()
