import { setTimeout as sleep } from 'node:timers/promises'
import { Server, ServerCredentials } from '@grpc/grpc-js'
import {
  addDiscovery,
  bind,
  CALL,
  ENDPOINTS,
  type Health,
  INFO,
  LIST,
  SINGLE,
  serverOptions,
} from '../../../proto/grpc/index.ts'
import { FlowError } from '../../../proto/index.ts'
import type { Listener, Served } from '../transport.ts'
import { addressText, type GrpcAddress } from './address.ts'
import { HopService } from './hop-service.ts'
import { JinaService } from './jina-service.ts'

/** What a listener proves itself with, and whom it asks for a proof; all PEM bytes. */
export interface ListenTls {
  readonly cert: Uint8Array
  readonly key: Uint8Array
  /** Authorities without a certificate of which no caller is let in. */
  readonly ca?: Uint8Array | undefined
}

const heartbeatMs = 30_000

/** How long closing waits for answers to leave. Unit: ms. */
const leaveMs = 1000

/** An executor that gateways of Jina's and ours reach. */
export class GrpcListener implements Listener {
  readonly address: string
  readonly #server: Server
  readonly #health: Health
  readonly #jina: JinaService
  readonly #hop: HopService

  /** @throws {FlowError} UNAVAILABLE where the port is taken, INVALID_ARGUMENT where there is no certificate for TLS */
  static async open(
    { place, tls }: GrpcAddress,
    served: Served,
    maxMessageBytes: number,
    files: ListenTls | undefined,
  ): Promise<GrpcListener> {
    if (tls && !files) throw new FlowError('INVALID_ARGUMENT', `grpcs://${place} needs a certificate and its key`)
    const server = new Server(serverOptions(maxMessageBytes, heartbeatMs))
    const jina = new JinaService(served)
    const hop = new HopService(served.handler, maxMessageBytes)
    jina.addTo(server)
    hop.addTo(server)
    const services = [LIST, ENDPOINTS, INFO, CALL, SINGLE].map(({ service }) => service)
    const health = addDiscovery(server, services)
    const port = await bind(server, place, tls && files ? secure(files) : ServerCredentials.createInsecure())
    const address = addressText({ place: place.replace(/\d+$/, String(port)), tls })
    return new GrpcListener(address, server, health, jina, hop)
  }

  private constructor(address: string, server: Server, health: Health, jina: JinaService, hop: HopService) {
    this.address = address
    this.#server = server
    this.#health = health
    this.#jina = jina
    this.#hop = hop
  }

  async drain(): Promise<void> {
    this.#health.set('NOT_SERVING')
    const stopping = new FlowError('UNAVAILABLE', `the executor at ${this.address} is stopping`)
    await Promise.all([this.#jina.drain(stopping), this.#hop.drain(stopping)])
  }

  async close(): Promise<void> {
    const stopped = new FlowError('UNAVAILABLE', `the executor at ${this.address} has stopped`)
    this.#jina.close(stopped)
    this.#hop.close(stopped)
    // what was answered leaves first, to those who read it
    const left = new Promise<void>((resolve) => this.#server.tryShutdown(() => resolve()))
    await Promise.race([left, sleep(leaveMs, undefined, { ref: false })])
    this.#server.forceShutdown()
  }
}

function secure({ cert, key, ca }: ListenTls): ServerCredentials {
  const pair = { cert_chain: Buffer.from(cert), private_key: Buffer.from(key) }
  return ServerCredentials.createSsl(ca ? Buffer.from(ca) : null, [pair], ca !== undefined)
}
