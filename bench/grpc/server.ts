import { Server, ServerCredentials } from '@grpc/grpc-js'
import { createGrpc } from '../../executors/index.ts'
import { asIs, bind, definitionOf, SINGLE } from '../../proto/grpc/index.ts'
import { maxMessageBytes } from '../../proto/index.ts'

// What is compared, in one process: our listener, and a bare unary method that gives back its bytes.

const listener = await createGrpc().listen('127.0.0.1:0', { handler: async (request) => request, endpoints: ['/x'] })
const bare = new Server({ 'grpc.max_receive_message_length': maxMessageBytes })
bare.addService(definitionOf(SINGLE), {
  [SINGLE.method]: (call: { request: Buffer }, done: Done) => done(null, asIs(call.request)),
})
type Done = (error: null, answer: Buffer) => void
const port = await bind(bare, '127.0.0.1:0', ServerCredentials.createInsecure())

process.on('message', () => process.send?.({ cpu: process.cpuUsage() }))
process.on('disconnect', () => process.exit(0))
process.send?.({ ours: listener.address, bare: `127.0.0.1:${port}` })
