import { testTransport } from '../transport.conformance.ts'
import { createInproc } from './index.ts'

testTransport({
  name: 'inproc',
  create: async () => ({ transport: createInproc(), address: 'inproc://a', close: async () => {} }),
})
