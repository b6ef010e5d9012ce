import { createWriteStream, openAsBlob } from 'node:fs'
import { mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { fileURLToPath } from 'node:url'
import { FlowError } from '../../proto/index.ts'
import { streamOf } from '../typed/streams.ts'
import type { Files } from './files.ts'

export const nodeFiles: Files = {
  async open(path) {
    const plain = /^file:/i.test(path) ? fileURLToPath(path) : path
    try {
      const { size } = await stat(plain)
      // Node cannot open an empty file so
      return size === 0 ? new Blob([]) : await openAsBlob(plain)
    } catch (error) {
      throw new FlowError('NOT_FOUND', `no file at ${plain}: ${FlowError.from(error).reason}`, { cause: error })
    }
  },
  async save(path, chunks) {
    await pipeline(chunks, createWriteStream(path))
  },
  async temporaryFolder() {
    const folder = await mkdtemp(join(tmpdir(), 'sluice-client-'))
    return {
      pathOf: (name) => join(folder, name),
      remove: () => rm(folder, { recursive: true, force: true }),
    }
  },
  async body(chunks) {
    // `fetch` of streams wants to hear that it does not answer before they end
    return { body: streamOf(chunks), duplex: 'half' } as Pick<RequestInit, 'body'>
  },
}
