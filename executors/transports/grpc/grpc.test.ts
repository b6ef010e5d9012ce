import { freePorts } from '../../../tests/interop/peers.ts'
import { testTransport } from '../transport.conformance.ts'
import type { Transport } from '../transport.ts'
import { createGrpc } from './index.ts'

async function place(transport: Transport) {
  const port = await freePorts(2)
  const [address, nobody] = [`grpc://127.0.0.1:${port}`, `grpc://127.0.0.1:${port + 1}`] as const
  return { transport, address, nobody, close: async () => {} }
}

testTransport({ name: 'grpc', create: () => place(createGrpc()) })

// the same listener, as a gateway of Jina's speaks with it
const transport = createGrpc()
testTransport({
  name: "grpc, by Jina's RPCs",
  create: () => place({ ...transport, dial: (address) => transport.dial(address, { frames: false }) }),
  skip: [
    {
      reason: "Jina's RPCs carry no caller, and a refusal without its place",
      tests: [
        'carries what accompanies a call: the time that is left, headers, the caller',
        'rejects with the same code and reason as the handler',
      ],
    },
    {
      reason: 'nobody says on such a stream that a part was taken: flow control holds parts back, some at a time',
      tests: [
        'delivers parts in their order, and asks for the next when one has been taken',
        'tells the other side when a part could not be delivered',
      ],
    },
  ],
})
