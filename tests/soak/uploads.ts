import { fork } from 'node:child_process'
import { once } from 'node:events'

/** What uploading took. */
export interface Uploads {
  readonly answered: number
  /** Of the server's process, after a tenth of the uploads and the most after that. Unit: bytes. */
  readonly firstBytes: number
  readonly mostBytes: number
  /** Files in the server's folder for temporary ones, when all was answered. */
  readonly temporaryFiles: number
}

const FILE = Buffer.alloc(1_000_000, 'x')

/** Uploads files of 1 MB to a typed endpoint of another process, eight at once, and watches its memory. */
export async function upload(count: number, temporary: string): Promise<Uploads> {
  const execArgv = ['--import', import.meta.resolve('tsx')]
  const env = { ...process.env, TMPDIR: temporary }
  const server = fork(new URL('upload-server.ts', import.meta.url), { execArgv, env })
  const [port] = (await once(server, 'message')) as [number]
  const memory = async () => {
    server.send('memory')
    return ((await once(server, 'message')) as [{ rss: number; temporaryFiles: number }])[0]
  }
  let [given, answered, firstBytes, mostBytes] = [0, 0, 0, 0]
  const lane = async () => {
    while (given < count) {
      given++
      const form = new FormData()
      form.append('file', new Blob([FILE]), 'x.bin')
      const response = await fetch(`http://127.0.0.1:${port}/size`, { method: 'POST', body: form })
      if ((await response.text()) === String(FILE.length)) answered++
    }
  }
  for (const part of [0.1, 0.2, 0.4, 0.6, 0.8, 1]) {
    const all = count
    count = Math.floor(all * part)
    await Promise.all(Array.from({ length: 8 }, lane))
    count = all
    const { rss } = await memory()
    if (part === 0.1) firstBytes = rss
    mostBytes = Math.max(mostBytes, rss)
  }
  const { temporaryFiles } = await memory()
  server.disconnect()
  await once(server, 'exit')
  return { answered, firstBytes, mostBytes, temporaryFiles }
}
