import { Flow } from '../../flows/index.ts'
import { silent } from '../../proto/index.ts'
import { Kitchen } from '../../tests/interop/bento/kitchen.ts'
import { Reference } from '../../tests/interop/bento/reference.ts'
import { testServices } from './service.conformance.ts'

testServices({
  name: 'services of Sluice',
  async start() {
    const options = { protocol: 'http', host: '127.0.0.1', logger: silent } as const
    const reference = await new Flow(options).add({ name: 'reference', uses: Reference }).start()
    const kitchen = await new Flow({ ...options, timeoutMs: 2000 }).add({ name: 'kitchen', uses: Kitchen }).start()
    return {
      reference: `http://127.0.0.1:${reference.port}`,
      kitchen: `http://127.0.0.1:${kitchen.port}`,
      close: async () => {
        await reference.close()
        await kitchen.close()
      },
    }
  },
})
