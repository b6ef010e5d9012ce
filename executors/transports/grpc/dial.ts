import { createSecureContext } from 'node:tls'
import { type ChannelCredentials, Client, connectivityState, credentials } from '@grpc/grpc-js'
import { INFO } from '../../../proto/grpc/index.ts'
import { type Call, type DataRequest, FlowError, type Handler, orCancelled } from '../../../proto/index.ts'
import type { Connection } from '../transport.ts'
import { addressText, type GrpcAddress } from './address.ts'
import { type Remote, unreachable } from './errors.ts'
import { HopPeer } from './hop-peer.ts'
import { JinaPeer } from './jina-peer.ts'
import { ask, meet } from './meet.ts'
import { metadataOf, type OwnMetadata } from './metadata.ts'
import type { Peer } from './peer.ts'

/** Whom the caller trusts and how it proves itself; all PEM bytes. */
export interface DialTls {
  readonly ca?: Uint8Array | undefined
  readonly cert?: Uint8Array | undefined
  readonly key?: Uint8Array | undefined
}

export interface GrpcDialOptions {
  /** Name of the deployment, for errors. */
  readonly executor?: string | undefined
  /** Sent along with every call, such as `authorization`; keys in lower case. */
  readonly metadata?: OwnMetadata | undefined
  /** With TLS. @default trusts what Node trusts */
  readonly tls?: DialTls | undefined
  /** Speak frames with executors of ours; false: speak Jina's RPCs with all. @default true */
  readonly frames?: boolean | undefined
}

const READY = connectivityState.READY
const againMs = 1000

/**
 * A connection to whoever is at an address: an executor of Jina's or ours, or a whole flow's gateway. Who it is, is asked whenever the
 * connection comes up. One that breaks is made again, after waits that grow up to 5 s.
 */
export class GrpcConnection implements Connection {
  readonly #remote: Remote
  readonly #metadata: OwnMetadata
  readonly #frames: boolean
  readonly #maxMessageBytes: number
  readonly #connect: () => Client
  #client: Client
  #peer: Peer | undefined
  #meeting: Promise<Peer> | undefined
  #again: NodeJS.Timeout | undefined
  #endpoints: readonly string[] | undefined
  #probing: Promise<unknown> | undefined
  #closed: FlowError | undefined

  constructor(address: GrpcAddress, options: GrpcDialOptions, maxMessageBytes: number) {
    this.#remote = { address: addressText(address), executor: options.executor }
    this.#metadata = options.metadata ?? {}
    this.#frames = options.frames ?? true
    this.#maxMessageBytes = maxMessageBytes
    const credentials = credentialsOf(address, options)
    this.#connect = () => new Client(address.place, credentials, channelOptions(maxMessageBytes))
    this.#client = this.#connect()
    this.#watch(this.#client)
  }

  readonly send: Handler = (request, call) => {
    if (this.#closed) return Promise.reject(this.#closed)
    const answer = this.#peer?.send(request, call) ?? this.#sendWhenMet(request, call)
    answer.catch((error: FlowError) => {
      if (error.codeName === 'DEADLINE_EXCEEDED') this.#probe()
    })
    return answer
  }

  get endpoints(): readonly string[] | undefined {
    return this.#endpoints
  }

  get ready(): boolean {
    return this.#peer?.ready ?? false
  }

  /** Resolves when the peer has been asked who it is, or is not there, or does not answer for so long. */
  async look(patienceMs: number): Promise<void> {
    await orCancelled(AbortSignal.timeout(patienceMs), this.#meet()).catch(() => {})
  }

  async close(): Promise<void> {
    const { address, executor } = this.#remote
    this.#closed ??= new FlowError('UNAVAILABLE', `the connection to ${address} is closed`, { executor })
    clearTimeout(this.#again)
    this.#forget(this.#closed)
    this.#client.close()
  }

  async #sendWhenMet(request: DataRequest, call: Call): Promise<DataRequest> {
    const peer = await orCancelled(call, this.#meet())
    return peer.send(request, call)
  }

  /** Keeps the connection up, and the peer known while it is. */
  #watch(client: Client): void {
    const channel = client.getChannel()
    const state = channel.getConnectivityState(true)
    if (state === READY) this.#meet().catch(() => {})
    else this.#forget(unreachable(this.#remote, 'the connection broke'))
    channel.watchConnectivityState(state, Number.POSITIVE_INFINITY, () => {
      if (!this.#closed && client === this.#client) this.#watch(client)
    })
  }

  #meet(): Promise<Peer> {
    this.#meeting ??= this.#introduce()
      .catch((error: FlowError) => {
        if (error.codeName === 'DEADLINE_EXCEEDED') throw this.#reconnect()
        this.#meetAgain()
        throw error
      })
      .finally(() => {
        this.#meeting = undefined
      })
    return this.#meeting
  }

  async #introduce(): Promise<Peer> {
    if (this.#peer) return this.#peer
    const client = this.#client
    const metadata = metadataOf(undefined, this.#metadata)
    const { way, endpoints, ours } = await meet(client, this.#remote, metadata, this.#frames)
    if (this.#closed) throw this.#closed
    this.#endpoints = endpoints
    const options = { endpoints, metadata: this.#metadata }
    if (way === 'frames') {
      const maxMessageBytes = this.#maxMessageBytes
      this.#peer = new HopPeer(client, this.#remote, {
        ...options,
        maxMessageBytes,
        onLost: (peer) => this.#lost(peer),
      })
    } else this.#peer = new JinaPeer(client, this.#remote, { ...options, way, givesParts: ours })
    return this.#peer
  }

  #forget(error: FlowError): void {
    this.#peer?.close(error)
    this.#peer = undefined
  }

  #lost(peer: Peer): void {
    if (this.#peer !== peer) return
    this.#peer = undefined
    this.#meetAgain()
  }

  /** Who balances between several sends nothing to one that is not ready: it must become so by itself. */
  #meetAgain(): void {
    if (this.#closed) return
    clearTimeout(this.#again)
    this.#again = setTimeout(() => this.#meet().catch(() => {}), againMs).unref()
  }

  /**
   * One who did not answer in time is asked whether he is there at all: a machine that vanished says nothing. Pings would tell sooner,
   * but an executor of the real Jina ends connections that ping.
   */
  #probe(): void {
    const client = this.#client
    if (!this.#peer || this.#probing) return
    this.#probing = ask(client, INFO.path, this.#remote, metadataOf(undefined, this.#metadata))
      .catch((error: FlowError) => {
        if (error.codeName === 'DEADLINE_EXCEEDED' && client === this.#client) this.#reconnect()
      })
      .finally(() => {
        this.#probing = undefined
      })
  }

  /** Gives the connection up for another one. */
  #reconnect(): FlowError {
    const error = unreachable(this.#remote, 'it does not answer')
    this.#forget(error)
    if (this.#closed) return error
    const silent = this.#client
    this.#client = this.#connect()
    silent.close()
    this.#watch(this.#client)
    return error
  }
}

function credentialsOf({ tls }: GrpcAddress, options: GrpcDialOptions): ChannelCredentials {
  if (!tls) return credentials.createInsecure()
  const [ca, cert, key] = [options.tls?.ca, options.tls?.cert, options.tls?.key].map(
    (file) => file && Buffer.from(file),
  )
  return credentials.createFromSecureContext(createSecureContext({ ca, cert, key }))
}

function channelOptions(maxMessageBytes: number) {
  return {
    'grpc.max_receive_message_length': maxMessageBytes,
    'grpc.max_send_message_length': -1,
    // retries are ours: one place, one policy for all transports
    'grpc.enable_retries': 0,
    // a connection of its own, that closes with it
    'grpc.use_local_subchannel_pool': 1,
    'grpc.initial_reconnect_backoff_ms': 100,
    'grpc.max_reconnect_backoff_ms': 5000,
  }
}
