import { fileURLToPath } from 'node:url'
import { Flow, type FlowOptions } from '../../../flows/index.ts'

/** upper → embed → fail, as CONTRACT.md says; in this process, or wherever `options` put executors. */
export function referenceFlow(options: FlowOptions): Flow {
  const folder = fileURLToPath(new URL('.', import.meta.url))
  return new Flow({ host: '127.0.0.1', exposeStacks: true, ...options }, folder)
    .add({ name: 'upper', uses: './executors.ts#Upper' })
    .add({ name: 'embed', uses: './executors.ts#Embed' })
    .add({ name: 'fail', uses: './executors.ts#Fail' })
}
