import { readdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { tuneHeap } from '../../flows/heap.ts'
import { api, defineExecutor, type FileData, Flow, file } from '../../index.ts'

// Says how large what is uploaded is; and, when asked, its memory and the temporary files that there are.

const Sizes = defineExecutor({
  name: 'Sizes',
  apis: { size: api({ input: { file: file() } }, ({ file }: { file: FileData }) => file.size) },
})

tuneHeap()
const flow = await new Flow({ protocol: 'http', host: '127.0.0.1' }).add({ uses: Sizes }).start()
const before = new Set(readdirSync(tmpdir()))
process.send?.(flow.port)
process.on('message', () => {
  const temporaryFiles = readdirSync(tmpdir()).filter((name) => !before.has(name)).length
  process.send?.({ rss: process.memoryUsage.rss(), temporaryFiles })
})
process.once('disconnect', () => flow.close())
