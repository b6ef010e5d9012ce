import type { Client, ServiceError } from '@grpc/grpc-js'
import { asIs, CALL, encode, LIST, type SINGLE, toBuffer } from '../../../proto/grpc/index.ts'
import {
  type Call,
  type DataRequest,
  decodeRequest,
  encodeRequests,
  FlowError,
  type Handler,
  remainingMs,
  whenCancelled,
} from '../../../proto/index.ts'
import { errorOf, noAnswer, type Remote, refusalIn } from './errors.ts'
import { metadataOf, type OwnMetadata } from './metadata.ts'
import type { Peer } from './peer.ts'

/** Of Jina's ways to send one request, that which the peer has. */
export type Way = typeof SINGLE | typeof LIST | typeof CALL

export interface JinaPeerOptions {
  readonly endpoints: readonly string[]
  readonly way: Way
  /** It is a gateway of ours, which gives parts to those who ask. */
  readonly givesParts: boolean
  readonly metadata: OwnMetadata
}

/** An executor of Jina's, or the gateway of a whole flow, of Jina's or ours: one RPC for each call. */
export class JinaPeer implements Peer {
  readonly endpoints: readonly string[]
  readonly #client: Client
  readonly #remote: Remote
  readonly #options: JinaPeerOptions
  readonly #pending = new Set<(error: FlowError) => void>()
  #closed: FlowError | undefined

  constructor(client: Client, remote: Remote, options: JinaPeerOptions) {
    this.endpoints = options.endpoints
    this.#client = client
    this.#remote = remote
    this.#options = options
  }

  get ready(): boolean {
    return this.#closed === undefined
  }

  readonly send: Handler = (request, call) => {
    const parts = call.emit !== undefined && this.#options.givesParts
    return new Promise((resolve, reject) => {
      const rpc = parts || this.#options.way === CALL ? this.#stream : this.#unary
      this.#run(call, resolve, reject, (done) => rpc.call(this, request, call, done))
    })
  }

  close(error: FlowError): void {
    this.#closed ??= error
    for (const fail of this.#pending) fail(error)
  }

  /** Starts a RPC, and ends it where the call is cancelled or the peer is closed before it is done. */
  #run(
    call: Call,
    resolve: (answer: DataRequest) => void,
    reject: (error: FlowError) => void,
    start: (done: Done) => { cancel(): void },
  ): void {
    let rpc: { cancel(): void } | undefined
    let settled = false
    const settle = (how: () => void) => {
      if (settled) return
      settled = true
      leave()
      this.#pending.delete(fail)
      how()
    }
    const fail = (error: FlowError) => {
      settle(() => reject(error))
      rpc?.cancel()
    }
    let leave: () => unknown = () => {}
    leave = whenCancelled(call, fail)
    if (this.#closed) fail(this.#closed)
    if (settled) return
    this.#pending.add(fail)
    try {
      rpc = start({ resolve: (answer) => settle(() => resolve(answer)), reject: fail })
    } catch (error) {
      fail(FlowError.from(error))
    }
  }

  #unary(request: DataRequest, call: Call, { resolve, reject }: Done) {
    const { way, metadata } = this.#options
    const message = way === LIST ? toBuffer(encodeRequests([request])) : encode(request)
    const headers = metadataOf(call, metadata, request.header.execEndpoint)
    const answered = (error: ServiceError | null, answer?: Buffer) => {
      if (error) reject(errorOf(error, this.#remote))
      else this.#read(answer as Buffer, resolve, reject)
    }
    return this.#client.makeUnaryRequest(way.path, asIs, asIs, message, headers, deadlineOf(call), answered)
  }

  #stream(request: DataRequest, call: Call, { resolve, reject }: Done) {
    const { metadata, givesParts } = this.#options
    const parts = givesParts && call.emit !== undefined
    const headers = metadataOf(call, metadata, request.header.execEndpoint)
    const stream = this.#client.makeBidiStreamRequest(CALL.path, asIs, asIs, headers, deadlineOf(call))
    const taken = (answer: DataRequest) => {
      const part = answer.header.part !== undefined && answer.with({ header: request.header })
      if (part) {
        stream.pause()
        call.emit?.(part).then(() => stream.resume(), reject)
      } else resolve(inAnswer(answer, request))
    }
    stream.on('data', (bytes: Buffer) => this.#read(bytes, taken, reject))
    stream.on('error', (error: ServiceError) => reject(errorOf(error, this.#remote)))
    stream.on('end', () => reject(noAnswer(this.#remote, 'the stream ended before it')))
    stream.write(encode(parts ? request.with({ header: { ...request.header, parts } }) : request))
    stream.end()
    return stream
  }

  #read(bytes: Buffer, resolve: (answer: DataRequest) => void, reject: (error: FlowError) => void): void {
    let answer: DataRequest
    try {
      answer = decodeRequest(bytes)
    } catch (error) {
      reject(noAnswer(this.#remote, error))
      return
    }
    const refusal = refusalIn(answer.status, this.#remote)
    if (refusal) reject(refusal)
    else resolve(answer)
  }
}

interface Done {
  resolve(answer: DataRequest): void
  reject(error: FlowError): void
}

function inAnswer(answer: DataRequest, { header: { parts } }: DataRequest): DataRequest {
  return answer.header.parts === parts ? answer : answer.with({ header: { ...answer.header, parts } })
}

function deadlineOf(call: Call): { deadline?: number } {
  return call.deadline === undefined ? {} : { deadline: Date.now() + remainingMs(call) }
}
