import { z } from 'zod'
import { built } from '../built.ts'

// bench_service.py's endpoints, from the built package. Says its port when it is up.

const { api, defineExecutor, Flow, NdArray, ndarray } = await built<typeof import('../../index.ts')>('index.js')

const Bench = defineExecutor({
  name: 'Bench',
  apis: {
    echo: api({ input: { x: z.int() }, output: z.int() }, ({ x }) => x),
    embed_nobatch: api({ input: { vecs: ndarray() }, output: ndarray() }, ({ vecs }) => {
      const given = vecs.data as Float64Array
      const doubled = new Float64Array(given.length)
      for (let i = 0; i < given.length; i++) doubled[i] = 2 * (given[i] as number)
      return NdArray.from(doubled, { shape: vecs.shape })
    }),
  },
})

const flow = await new Flow({ protocol: 'http', host: '127.0.0.1' }).add({ name: 'bench', uses: Bench }).start()
process.send?.(flow.port)
process.once('disconnect', () => flow.close().then(() => process.exit(0)))
