import { Flow } from '../../../flows/index.ts'
import { Embed, Fail, Upper } from './executors.ts'

/** upper → embed → fail, as CONTRACT.md says. */
export function referenceFlow(options: ConstructorParameters<typeof Flow>[0]): Flow {
  return new Flow({ host: '127.0.0.1', exposeStacks: true, ...options })
    .add({ name: 'upper', uses: Upper })
    .add({ name: 'embed', uses: Embed })
    .add({ name: 'fail', uses: Fail })
}
