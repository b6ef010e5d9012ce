import { type CallContext, FlowError, orCancelled } from '../../proto/index.ts'
import { checkTimeout, type OpenCall, openCall } from '../deadline.ts'
import type { Files, TemporaryFolder } from '../platform/files.ts'
import type { Platform } from '../platform/platform.ts'
import { textOf } from '../protocols/fetcher.ts'
import { describedService, type Endpoint, type ServiceDescription } from './endpoint.ts'
import type { FileSource } from './files.ts'
import type { ServiceCallOptions, Settings } from './options.ts'
import { probe, untilReady } from './ready.ts'
import { refusalOf } from './refusal.ts'
import { Wire } from './wire.ts'

/** A service as it is reached: what it serves is asked when it is first needed. */
export class Connection {
  readonly settings: Settings
  readonly wire: Wire
  readonly #platform: Platform
  readonly #calls = new Set<CallContext>()
  #description: Promise<ServiceDescription> | undefined
  #folder: Promise<TemporaryFolder> | undefined
  #closed = false

  constructor(settings: Settings, platform: Platform) {
    this.settings = settings
    this.#platform = platform
    this.wire = new Wire(settings, platform)
  }

  /** What it serves, once it is ready. @throws {FlowError} DEADLINE_EXCEEDED where it does not become ready; why it does not tell */
  described(): Promise<ServiceDescription> {
    this.#description ??= this.#describe().catch((error) => {
      this.#description = undefined
      throw error
    })
    return this.#description
  }

  /** @throws {FlowError} NOT_FOUND for a name that the service does not serve, also when it is asked again */
  async endpoint(name: string): Promise<Endpoint> {
    const known = (await this.described()).endpoints.get(name)
    if (known) return known
    // executors that start late serve more
    this.#description = undefined
    const { endpoints } = await this.described()
    const found = endpoints.get(name)
    if (found) return found
    throw new FlowError('NOT_FOUND', `the service has no endpoint "${name}"`, {
      hint: `There are ${[...endpoints.keys()].join(', ') || 'none'}`,
    })
  }

  /** Never throws. */
  async isReady(signal?: AbortSignal): Promise<boolean> {
    try {
      return await this.during({ signal }, (call) => probe(this.wire, call.signal).then(() => true))
    } catch {
      return false
    }
  }

  /** The answer to a request of the user's own, whatever it is. @throws {FlowError} where none comes */
  async fetch(path: string, init: RequestInit = {}): Promise<Response> {
    this.#checkOpen()
    return this.wire.request(path, init)
  }

  /** Runs what is cancelled when the connection closes, its time passes, or its user's signal fires. */
  async during<T>(options: OpenOptions, run: (call: CallContext, open: OpenCall) => Promise<T>): Promise<T> {
    const open = this.open(options)
    try {
      return await orCancelled(open.call, run(open.call, open))
    } finally {
      open.end()
    }
  }

  /** A call that is cancelled when the connection closes. @throws {FlowError} FAILED_PRECONDITION where it has closed */
  open({ timeoutMs = this.settings.timeoutMs, signal, last }: OpenOptions): OpenCall {
    this.#checkOpen()
    checkTimeout(timeoutMs)
    const { call, stopClock, end } = openCall({ timeoutMs, signal }, () => expired(timeoutMs, last?.()))
    this.#calls.add(call)
    const leave = () => {
      this.#calls.delete(call)
      end()
    }
    return { call, stopClock, end: leave }
  }

  files(): Promise<Files> {
    return this.#platform.files()
  }

  /** Where files come from that are sent. */
  source({ signal }: CallContext): FileSource {
    return { files: () => this.files(), fetcher: () => this.wire.elsewhere(), signal }
  }

  /** A folder for results, which is removed when the connection closes. */
  folder(): Promise<TemporaryFolder> {
    this.#folder ??= this.files().then((files) => files.temporaryFolder())
    return this.#folder
  }

  async close(): Promise<void> {
    this.#closed = true
    for (const call of this.#calls) call.cancel(new FlowError('CANCELLED', 'the client was closed'))
    await this.wire.close()
    await (await this.#folder?.catch(() => undefined))?.remove()
  }

  #checkOpen(): void {
    if (this.#closed) throw new FlowError('FAILED_PRECONDITION', 'the client is closed', { hint: 'connect() again' })
  }

  /** Each who waits for it gives up by himself: one that does must not take it from the others. */
  async #describe(): Promise<ServiceDescription> {
    const { base, serverReadyTimeoutMs, timeoutMs, maxMessageBytes } = this.settings
    return this.during({ timeoutMs: Math.max(timeoutMs, serverReadyTimeoutMs) }, async ({ signal }) => {
      if (serverReadyTimeoutMs > 0) await untilReady(this.wire, base, serverReadyTimeoutMs, signal)
      const response = await this.wire.request('/schema.json', { signal })
      const text = await textOf(response, { signal }, maxMessageBytes)
      if (!response.ok) throw refusalOf(response, text)
      return describedService(parsed(text), `${base}/schema.json`)
    })
  }
}

type OpenOptions = Pick<ServiceCallOptions, 'timeoutMs'> & {
  readonly signal?: AbortSignal | undefined
  /** What the last try failed with. */
  readonly last?: () => FlowError | undefined
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function expired(timeoutMs: number, last: FlowError | undefined): FlowError {
  const why = last ? `; the last try ended with: ${last.reason}` : ''
  return new FlowError('DEADLINE_EXCEEDED', `no answer within ${timeoutMs} ms${why}`, {
    cause: last,
    hint: 'Give it more with timeoutMs',
  })
}
