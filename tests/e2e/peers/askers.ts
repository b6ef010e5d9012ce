import { once, setMaxListeners } from 'node:events'
import { Agent, request } from 'node:http'
import { Client, type ClientDuplexStream, type ClientUnaryCall, credentials, Metadata } from '@grpc/grpc-js'
import type { ProtocolName } from '../../../gateway/index.ts'
import { type Code, codeName, type DataRequest, decodeRequest } from '../../../proto/index.ts'
import { bytesOf, type JsonAnswer, WebSocketPeer } from './websocket.ts'

export interface Question {
  readonly endpoint: string
  readonly text: string
  /** The client's own id of the request. */
  readonly id?: string | undefined
  readonly timeoutMs?: number | undefined
}

/** What a client got: the first document's text, or the code of what went wrong. */
export interface Outcome {
  readonly text?: string | undefined
  readonly id?: string | undefined
  readonly code?: string | undefined
}

/** A client of one protocol, made of nothing of ours: as many questions at once as one likes. */
export interface Asker {
  ask(question: Question): Promise<Outcome>
  /** Breaks off, whatever is under way. */
  vanish(): void
}

export interface AskerKind {
  readonly name: string
  readonly protocol: ProtocolName
  open(port: number): Promise<Asker>
}

const CALL = '/jina.JinaRPC/Call'
const SINGLE = '/jina.JinaSingleDataRequestRPC/process_single_data'
const asIs = (bytes: Buffer) => bytes

export const askers: readonly AskerKind[] = [
  { name: 'gRPC calls', protocol: 'grpc', open: async (port) => unary(port) },
  { name: 'a gRPC stream', protocol: 'grpc', open: async (port) => stream(port) },
  { name: 'WebSocket in JSON', protocol: 'websocket', open: (port) => webSocket(port, 'json') },
  { name: 'WebSocket in protobuf', protocol: 'websocket', open: (port) => webSocket(port, 'bytes') },
  { name: 'HTTP', protocol: 'http', open: async (port) => http(port, '/post', envelope, readEnvelope) },
  { name: 'GraphQL', protocol: 'graphql', open: async (port) => http(port, '/graphql', mutation, readMutation) },
]

function unary(port: number): Asker {
  const client = new Client(`127.0.0.1:${port}`, credentials.createInsecure())
  const calls = new Set<ClientUnaryCall>()
  return {
    ask: ({ endpoint, text, ...header }) =>
      new Promise((resolve) => {
        const call = client.makeUnaryRequest(SINGLE, asIs, asIs, message(endpoint, text, header), (error, answer) => {
          calls.delete(call)
          resolve(error ? { code: codeName(error.code as Code) } : outcomeOf(decodeRequest(answer as Buffer)))
        })
        calls.add(call)
      }),
    vanish() {
      for (const call of calls) call.cancel()
      client.close()
    },
  }
}

function stream(port: number): Asker {
  const client = new Client(`127.0.0.1:${port}`, credentials.createInsecure())
  const call: ClientDuplexStream<Buffer, Buffer> = client.makeBidiStreamRequest(CALL, asIs, asIs, new Metadata())
  const pending = new Pending()
  call.on('data', (bytes: Buffer) => pending.settle(outcomeOf(decodeRequest(bytes))))
  call.on('error', () => pending.fail())
  return {
    ask: ({ endpoint, text, id = pending.newId(), timeoutMs }) => {
      call.write(message(endpoint, text, { id, timeoutMs }))
      return pending.wait(id)
    },
    vanish() {
      call.cancel()
      client.close()
    },
  }
}

async function webSocket(port: number, mode: 'json' | 'bytes'): Promise<Asker> {
  const { socket } = await WebSocketPeer.open(port, { protocols: [mode] })
  const pending = new Pending()
  socket.removeAllListeners('message')
  socket.on('message', (bytes: Buffer) =>
    pending.settle(mode === 'json' ? readEnvelope(JSON.parse(bytes.toString())) : outcomeOf(decodeRequest(bytes))),
  )
  socket.on('close', () => pending.fail())
  return {
    ask: (question) => {
      const id = question.id ?? pending.newId()
      const { endpoint, text, timeoutMs } = question
      const json = mode === 'json'
      socket.send(json ? JSON.stringify(envelope({ ...question, id })) : message(endpoint, text, { id, timeoutMs }))
      return pending.wait(id)
    },
    vanish: () => socket.terminate(),
  }
}

function http<Answer>(
  port: number,
  path: string,
  body: (question: Question) => object,
  read: (a: Answer) => Outcome,
): Asker {
  const agent = new Agent({ maxSockets: 200, keepAlive: true })
  const leaving = new AbortController()
  setMaxListeners(0, leaving.signal)
  return {
    async ask(question) {
      const { timeoutMs } = question
      const headers = { 'content-type': 'application/json', ...(timeoutMs && { 'sluice-timeout-ms': timeoutMs }) }
      const sent = request({ host: '127.0.0.1', port, path, method: 'POST', agent, headers, signal: leaving.signal })
      sent.end(JSON.stringify(body(question)))
      try {
        const [response] = await once(sent, 'response')
        return read(JSON.parse(Buffer.concat(await response.toArray()).toString()))
      } catch {
        return { code: 'CANCELLED' }
      }
    },
    vanish() {
      leaving.abort()
      agent.destroy()
    },
  }
}

/** Questions that wait for their answers. */
class Pending {
  readonly #waiting = new Map<string, (outcome: Outcome) => void>()
  #ids = 0

  newId(): string {
    return `id ${this.#ids++}`
  }

  wait(id: string): Promise<Outcome> {
    return new Promise((resolve) => this.#waiting.set(id, resolve))
  }

  settle(outcome: Outcome): void {
    this.#waiting.get(outcome.id as string)?.(outcome)
    this.#waiting.delete(outcome.id as string)
  }

  fail(): void {
    for (const resolve of this.#waiting.values()) resolve({ code: 'CANCELLED' })
    this.#waiting.clear()
  }
}

function message(endpoint: string, text: string, { id, timeoutMs }: Pick<Question, 'id' | 'timeoutMs'>): Buffer {
  return bytesOf(endpoint, text, { ...(id !== undefined && { requestId: id }), timeoutMs })
}

function outcomeOf({ header: { requestId: id, status }, docs }: DataRequest): Outcome {
  return { id, text: docs.texts[0], code: status?.exception?.name }
}

function envelope({ endpoint, text, id, timeoutMs }: Question): object {
  return { data: [{ text }], execEndpoint: endpoint, header: { requestId: id }, timeoutMs }
}

function readEnvelope({ header, data }: JsonAnswer): Outcome {
  return { id: header.request_id, text: data[0]?.text, code: header.status?.exception?.name }
}

function mutation({ endpoint, text, id }: Question): object {
  const query = 'mutation($e:String!,$t:String,$i:String){docs(execEndpoint:$e,data:[{id:$i,text:$t}]){id text}}'
  return { query, variables: { e: endpoint, t: text, i: id } }
}

interface MutationAnswer {
  readonly data?: { readonly docs: readonly { readonly id: string; readonly text: string }[] } | null
  readonly errors?: readonly { readonly extensions: { readonly code: string } }[]
}

function readMutation({ data, errors }: MutationAnswer): Outcome {
  return { id: data?.docs[0]?.id, text: data?.docs[0]?.text, code: errors?.[0]?.extensions.code }
}
