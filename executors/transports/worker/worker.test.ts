import { testTransport } from '../transport.conformance.ts'
import { createPorts } from './index.ts'

testTransport({
  name: 'worker',
  create: async () => ({ transport: createPorts(), address: 'worker://sample', close: async () => {} }),
})
