import type { ExecutionResult } from 'graphql'
import { defineExecutor } from '../../../executors/index.ts'
import { Flow, type FlowOptions } from '../../../flows/index.ts'
import { type FlowError, type NdArray, silent } from '../../../proto/index.ts'

/** Why `/never` was told to stop, each time. */
export const stopped: string[] = []

const Sample = defineExecutor({
  name: 'Sample',
  requests: {
    '/search': (docs) => {
      for (const document of docs) document.text = document.text.toUpperCase()
    },
    '/echo': () => {},
    '/fail': () => {
      throw new RangeError('too far')
    },
    '/never': (_docs, { signal }) =>
      new Promise((_, reject) =>
        signal.addEventListener('abort', () => {
          stopped.push((signal.reason as FlowError).codeName)
          reject(signal.reason)
        }),
      ),
    '/told': (docs, { parameters, metadata }) => {
      for (const document of docs) document.tags = { parameters, asked: metadata.get('x-ask') ?? null }
    },
    '/shape': (docs) => {
      for (const document of docs) {
        const { dtype, shape } = document.tensor as NdArray
        document.tags = { dtype, shape: [...shape] }
      }
    },
  },
})

/** The answer of one request. */
export interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly body: ExecutionResult<{ docs: Record<string, unknown>[] }, Record<string, Record<string, unknown>>>
}

/** A flow with GraphQL, or a gateway, at a port. */
export class Served implements AsyncDisposable {
  readonly url: string
  readonly #close: () => Promise<void>

  constructor(port: number, close: () => Promise<void>) {
    this.url = `http://127.0.0.1:${port}/graphql`
    this.#close = close
  }

  /** An executor with `/search` (in capitals), `/echo`, `/fail`, `/never`, `/told` (by parameters and headers) and `/shape`. */
  static async flow(options: FlowOptions = {}): Promise<Served> {
    const running = await new Flow({ protocol: 'graphql', host: '127.0.0.1', logger: silent, ...options })
      .add({ name: 'sample', uses: Sample })
      .start()
    return new Served(running.port, () => running.close())
  }

  async ask(query: string, variables?: object, headers: Record<string, string> = {}): Promise<Answer> {
    return this.send(JSON.stringify({ query, variables }), headers)
  }

  async send(body: string | Buffer<ArrayBuffer>, headers: Record<string, string> = {}): Promise<Answer> {
    const sent = { 'content-type': 'application/json', ...headers }
    const response = await fetch(this.url, { method: 'POST', body, headers: sent })
    return { status: response.status, headers: response.headers, body: (await response.json()) as Answer['body'] }
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#close()
  }
}
