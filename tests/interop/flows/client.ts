import { Client, credentials, status } from '@grpc/grpc-js'
import { answerOf } from './answer.ts'
import type { Answer } from './recordings.ts'

const asIs = (bytes: Buffer) => bytes

/** Sends recorded bytes as they are, each request in a stream of its own. */
export class RawClient {
  readonly #client: Client

  constructor(port: number) {
    this.#client = new Client(`127.0.0.1:${port}`, credentials.createInsecure())
  }

  send(request: Buffer): Promise<Answer> {
    const stream = this.#client.makeBidiStreamRequest('/jina.JinaRPC/Call', asIs, asIs)
    let answer: Buffer | undefined
    stream.on('data', (bytes: Buffer) => (answer = bytes))
    stream.on('error', () => {})
    stream.write(request)
    stream.end()
    return new Promise((resolve) => {
      stream.on('status', ({ code, details }) => resolve(answerOf(status[code] as string, details, answer)))
    })
  }

  close(): void {
    this.#client.close()
  }
}
