import type { Client, ClientDuplexStream, ServiceError } from '@grpc/grpc-js'
import { asIs, HOP, toBuffer } from '../../../proto/grpc/index.ts'
import { decodeFrame, encodeFrame, FlowError, type Frame, type Handler } from '../../../proto/index.ts'
import { HopCaller } from '../hop/caller.ts'
import { errorOf, noAnswer, type Remote, tooLarge, unreachable } from './errors.ts'
import { metadataOf, type OwnMetadata } from './metadata.ts'
import type { Peer } from './peer.ts'

export interface HopPeerOptions {
  readonly endpoints: readonly string[]
  readonly metadata: OwnMetadata
  readonly maxMessageBytes: number
  /** Called when the stream has ended. */
  onLost(peer: Peer): void
}

/** An executor of ours: all calls are frames on one stream. */
export class HopPeer implements Peer {
  readonly endpoints: readonly string[]
  readonly #remote: Remote
  readonly #stream: ClientDuplexStream<Buffer, Buffer>
  readonly #caller: HopCaller
  readonly #options: HopPeerOptions
  #ready = true

  constructor(client: Client, remote: Remote, options: HopPeerOptions) {
    this.endpoints = options.endpoints
    this.#remote = remote
    this.#options = options
    this.#stream = client.makeBidiStreamRequest(HOP.path, asIs, asIs, metadataOf(undefined, options.metadata))
    this.#caller = new HopCaller((frame) => this.#post(frame))
    this.#stream.on('data', (bytes: Buffer) => this.#receive(bytes))
    this.#stream.on('error', (error: ServiceError) => this.#lost(lossOf(error, remote)))
    this.#stream.on('end', () => this.#lost(unreachable(remote, 'it ended the stream')))
  }

  readonly send: Handler = (request, call) => this.#caller.send(request, call)

  get ready(): boolean {
    return this.#ready
  }

  close(error: FlowError): void {
    this.#ready = false
    this.#caller.close(error)
    this.#stream.cancel()
  }

  #post(frame: Frame): void {
    const { metadata, maxMessageBytes } = this.#options
    const bytes = toBuffer(encodeFrame(withOwn(frame, metadata)))
    if (bytes.length <= maxMessageBytes) this.#stream.write(bytes)
    // the stream would end, and all other calls with it
    else
      this.#caller.receive({ id: frame.id, kind: 'ERROR', error: tooLarge(bytes.length, maxMessageBytes, this.#place) })
  }

  #receive(bytes: Buffer): void {
    let frame: Frame
    try {
      frame = decodeFrame(bytes)
    } catch (error) {
      this.#lost(FlowError.is(error) && error.codeName === 'UNIMPLEMENTED' ? error : noAnswer(this.#remote, error))
      return
    }
    if (frame.kind === 'DRAIN') this.#ready = false
    else this.#caller.receive(frame.error ? { ...frame, error: frame.error.with(this.#place) } : frame)
  }

  get #place() {
    return { executor: this.#remote.executor }
  }

  #lost(error: FlowError): void {
    this.close(error)
    this.#options.onLost(this)
  }
}

/** What the deployment adds reaches the executor's context too. */
function withOwn(frame: Frame, own: OwnMetadata): Frame {
  if (frame.kind !== 'REQUEST' || Object.keys(own).length === 0) return frame
  return { ...frame, metadata: new Map([...(frame.metadata ?? []), ...Object.entries(own)]) }
}

// a connection that breaks ends its streams with one code or another
function lossOf(error: ServiceError, remote: Remote): FlowError {
  const { codeName } = errorOf(error, remote)
  const broke = codeName === 'CANCELLED' || codeName === 'INTERNAL' || codeName === 'UNKNOWN'
  return broke ? unreachable(remote, error.details || error.message, error) : errorOf(error, remote)
}
