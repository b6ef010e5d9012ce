import type { RequestListener } from 'node:http'
import type { RedisTransport } from '../../executors/transports/index.ts'
import { FlowError } from '../../proto/index.ts'

export type Queues = ReturnType<RedisTransport['queues']>

/**
 * bull-board as it answers below `path`, which looks and changes nothing.
 * @throws {FlowError} FAILED_PRECONDITION where it is not installed
 */
export async function createBoard(queues: Queues, path: string, title: string): Promise<RequestListener> {
  const { createBullBoard, BullMQAdapter, ExpressAdapter } = await loadLibraries()
  const serverAdapter = new ExpressAdapter().setBasePath(path)
  createBullBoard({
    queues: queues.map((queue) => new BullMQAdapter(queue, { readOnlyMode: true })),
    serverAdapter,
    options: { uiConfig: { boardTitle: title, hideDocsLink: true } },
  })
  return serverAdapter.getRouter() as RequestListener
}

/** Most flows show no queues, and need not have the page for it. */
async function loadLibraries() {
  try {
    const [{ createBullBoard }, { BullMQAdapter }, { ExpressAdapter }] = await Promise.all([
      import('@bull-board/api'),
      import('@bull-board/api/bullMQAdapter'),
      import('@bull-board/express'),
    ])
    return { createBullBoard, BullMQAdapter, ExpressAdapter }
  } catch (error) {
    throw new FlowError('FAILED_PRECONDITION', 'showing queues needs bull-board', {
      hint: 'npm install @bull-board/api @bull-board/express',
      cause: error,
    })
  }
}
