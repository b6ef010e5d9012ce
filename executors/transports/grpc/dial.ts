import { createSecureContext } from 'node:tls'
import { type ChannelCredentials, Client, connectivityState, credentials } from '@grpc/grpc-js'
import { FlowError, type Handler, orCancelled } from '../../../proto/index.ts'
import type { Connection } from '../transport.ts'
import { addressText, type GrpcAddress } from './address.ts'
import { type Remote, unreachable } from './errors.ts'
import { HopPeer } from './hop-peer.ts'
import { JinaPeer } from './jina-peer.ts'
import { meet } from './meet.ts'
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

/**
 * A connection to whoever is at an address: an executor of Jina's or ours, or a whole flow's gateway. Who it is, is asked whenever the
 * connection comes up. One that breaks is made again, after waits that grow up to 5 s.
 */
export class GrpcConnection implements Connection {
  readonly #client: Client
  readonly #remote: Remote
  readonly #metadata: OwnMetadata
  readonly #frames: boolean
  #peer: Peer | undefined
  #meeting: Promise<Peer> | undefined
  #endpoints: readonly string[] | undefined
  #closed: FlowError | undefined

  constructor(address: GrpcAddress, options: GrpcDialOptions, maxMessageBytes: number) {
    this.#remote = { address: addressText(address), executor: options.executor }
    this.#metadata = options.metadata ?? {}
    this.#frames = options.frames ?? true
    this.#client = new Client(address.place, credentialsOf(address, options), channelOptions(maxMessageBytes))
    this.#watch()
  }

  readonly send: Handler = (request, call) => {
    if (this.#closed) return Promise.reject(this.#closed)
    if (this.#peer) return this.#peer.send(request, call)
    return orCancelled(call, this.#meet()).then((peer) => peer.send(request, call))
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
    this.#forget(this.#closed)
    this.#client.close()
  }

  /** Keeps the connection up, and the peer known while it is. */
  #watch(): void {
    const channel = this.#client.getChannel()
    const state = channel.getConnectivityState(true)
    if (state === READY) this.#meet().catch(() => {})
    else this.#forget(unreachable(this.#remote, 'the connection broke'))
    channel.watchConnectivityState(state, Number.POSITIVE_INFINITY, () => {
      if (!this.#closed) this.#watch()
    })
  }

  #meet(): Promise<Peer> {
    this.#meeting ??= this.#introduce().finally(() => {
      this.#meeting = undefined
    })
    return this.#meeting
  }

  async #introduce(): Promise<Peer> {
    if (this.#peer) return this.#peer
    const metadata = metadataOf(undefined, this.#metadata)
    const { way, endpoints, ours } = await meet(this.#client, this.#remote, metadata, this.#frames)
    if (this.#closed) throw this.#closed
    this.#endpoints = endpoints
    if (way === 'frames') {
      const peer = new HopPeer(this.#client, this.#remote, this.#metadata, endpoints, () => {
        if (this.#peer === peer) this.#peer = undefined
      })
      this.#peer = peer
    } else {
      const options = { endpoints, way, givesParts: ours, metadata: this.#metadata }
      this.#peer = new JinaPeer(this.#client, this.#remote, options)
    }
    return this.#peer
  }

  #forget(error: FlowError): void {
    this.#peer?.close(error)
    this.#peer = undefined
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
