import { FlowError } from '../../proto/index.ts'
import type { Platform } from '../platform/platform.ts'
import { type Fetcher, request } from '../protocols/fetcher.ts'
import type { Settings } from './options.ts'

/** Requests to one service, each with who asks and the headers of the connection. */
export class Wire {
  readonly #settings: Settings
  readonly #platform: Platform
  #own: Promise<Fetcher> | undefined
  #others: Promise<Fetcher> | undefined

  constructor(settings: Settings, platform: Platform) {
    this.#settings = settings
    this.#platform = platform
  }

  /**
   * @param path - below the service's address
   * @throws {FlowError} UNAVAILABLE where nobody answers; UNAUTHENTICATED where no token can be had; the signal's reason
   */
  async request(path: string, init: RequestInit): Promise<Response> {
    const { base } = this.#settings
    this.#own ??= this.#platform.fetcher(this.#settings.address)
    const headers = await this.#headers(init.headers)
    return request(await this.#own, `${base}${path.startsWith('/') ? '' : '/'}${path}`, { ...init, headers })
  }

  /** For addresses that are not the service's: they get nothing that is for it. */
  elsewhere(): Promise<Fetcher> {
    const { certificates: _, ...address } = this.#settings.address
    this.#others ??= this.#platform.fetcher(address)
    return this.#others
  }

  async close(): Promise<void> {
    const fetchers = [this.#own, this.#others]
    this.#own = undefined
    this.#others = undefined
    for (const fetcher of fetchers) await (await fetcher?.catch(() => undefined))?.close()
  }

  async #headers(given: RequestInit['headers']): Promise<Headers> {
    const { token, headers } = this.#settings
    const merged = new Headers(typeof headers === 'function' ? await headers() : headers)
    if (token !== undefined) merged.set('authorization', `Bearer ${await made(token)}`)
    new Headers(given).forEach((value, name) => {
      merged.set(name, value)
    })
    return merged
  }
}

async function made(token: NonNullable<Settings['token']>): Promise<string> {
  try {
    return typeof token === 'function' ? await token() : token
  } catch (error) {
    throw FlowError.from(error, 'UNAUTHENTICATED')
  }
}
