import { MessageChannel } from 'node:worker_threads'
import { type ApiDescription, type Call, type DataRequest, FlowError } from '../../../proto/index.ts'
import type { Connection, Listener, Served, Transport } from '../transport.ts'
import { PortConnection } from './dial.ts'
import { PortListener } from './listen.ts'

/**
 * Executors behind message ports: requests cross as frames, whose buffers change hands. Addresses are those of this thread; a worker
 * that is started with a port of its own is reached by a {@link PortConnection}.
 */
export function createPorts(): Transport {
  const listeners = new Map<string, PortListener>()
  return {
    scheme: 'worker',
    async dial(address: string): Promise<Connection> {
      return new Redialling(address, () => listeners.get(address))
    },
    async listen(address: string, served: Served): Promise<Listener> {
      if (listeners.has(address)) throw new FlowError('ALREADY_EXISTS', `somebody listens at ${address} already`)
      const listener = new PortListener(address, served, () => listeners.delete(address))
      listeners.set(address, listener)
      return listener
    },
  }
}

/** Connects when first used, and again after the other side has gone. */
class Redialling implements Connection {
  readonly #address: string
  readonly #find: () => PortListener | undefined
  #connection: PortConnection | undefined
  #closed = false

  constructor(address: string, find: () => PortListener | undefined) {
    this.#address = address
    this.#find = find
  }

  readonly send = async (request: DataRequest, call: Call): Promise<DataRequest> => this.#connect().send(request, call)

  get endpoints(): readonly string[] | undefined {
    return this.#find()?.served.endpoints
  }

  get apis(): readonly ApiDescription[] | undefined {
    return this.#find()?.served.apis
  }

  get ready(): boolean {
    return !this.#closed && this.#find() !== undefined
  }

  async close(): Promise<void> {
    this.#closed = true
    await this.#connection?.close()
  }

  #connect(): PortConnection {
    if (this.#closed) throw new FlowError('UNAVAILABLE', `the connection to ${this.#address} is closed`)
    if (this.#connection?.ready) return this.#connection
    const listener = this.#find()
    if (!listener) throw new FlowError('UNAVAILABLE', `nobody listens at ${this.#address}`)
    const { port1, port2 } = new MessageChannel()
    listener.accept(port2)
    const connection = new PortConnection(this.#address, port1, listener.served.endpoints)
    port1.on('close', () =>
      connection.fail(new FlowError('UNAVAILABLE', `the executor at ${this.#address} has stopped`)),
    )
    this.#connection = connection
    return connection
  }
}
