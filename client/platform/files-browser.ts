import { FlowError } from '../../proto/index.ts'
import type { Files } from './files.ts'

export const browserFiles: Files = {
  async open(path) {
    throw noFiles(`"${path}" cannot be opened`, 'Give the File that the user chose, or a URL')
  },
  async save(path) {
    throw noFiles(`"${path}" cannot be written`, 'Use blob() or stream()')
  },
  async temporaryFolder() {
    throw noFiles('there is no folder for a file', 'Use blob() or stream()')
  },
  // browsers send streams over HTTP/2 alone, if they do
  async body(chunks) {
    const gathered: Uint8Array<ArrayBuffer>[] = []
    for await (const chunk of chunks) gathered.push(chunk as Uint8Array<ArrayBuffer>)
    return { body: new Blob(gathered) }
  },
}

function noFiles(what: string, hint: string): FlowError {
  return new FlowError('UNIMPLEMENTED', `${what}: a browser has no files by their paths`, { hint })
}
