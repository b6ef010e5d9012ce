import { defaultTimeoutMs, FlowError, maxMessageBytes } from '../../proto/index.ts'
import { checkTimeout } from '../deadline.ts'
import type { Address } from '../options.ts'
import type { RetryOptions } from '../retry.ts'
import { checkTls, type TlsOptions } from '../tls.ts'

/** A value, or what makes one for each request. */
type Made<T> = T | (() => T | Promise<T>)

/** How a service is reached. */
export interface ConnectOptions {
  /** Proof of who asks: `Authorization: Bearer …` of every request, the first ones too. A function is asked each time. @default none */
  token?: Made<string>
  /** Headers of every request; a function is asked each time, as for a trace's. @default none */
  headers?: Made<Readonly<Record<string, string>>>
  /** How long to wait until the service is ready, before the first call. 0: do not ask. Unit: ms. @default 30 000 */
  serverReadyTimeoutMs?: number
  /**
   * Time after which a call is given up, retries and waiting for the service included. A file counts until it begins to arrive, a
   * stream not at all, unless a call says so itself. Told to the service where it is given. Unit: ms. @default 60 000
   */
  timeoutMs?: number
  /** How calls that found nobody or no room are made again; false: not at all. @default three tries, 500 ms and then 750 ms apart, with jitter */
  retry?: RetryOptions | false
  /** Whom to trust at an `https` address, and how to prove oneself. Node only. */
  tls?: TlsOptions
  /** What is spoken. @default "http" */
  kind?: 'http'
  /** Refuse arguments whose types are not the schema's before they are sent. False for BentoML services that take unions, of which their schema tells the first member alone. @default true */
  checkTypes?: boolean
  /** Largest result that is read; files and streams have no limit. Unit: bytes. @default 100 MiB */
  maxMessageBytes?: number
}

/** Options of one call; they win over those of the connection. */
export interface ServiceCallOptions {
  /** Besides the connection's. */
  headers?: Readonly<Record<string, string>>
  /** Of a stream, for the whole of it. Unit: ms. @default the connection's; none for a stream */
  timeoutMs?: number
  retry?: RetryOptions | false
  /** Gives it up. */
  signal?: AbortSignal
}

/** Options with their defaults. */
export interface Settings {
  /** Without a slash at its end. */
  readonly base: string
  readonly address: Address
  readonly token: ConnectOptions['token']
  readonly headers: NonNullable<ConnectOptions['headers']>
  readonly serverReadyTimeoutMs: number
  readonly timeoutMs: number
  /** It is the user's, so the service is told. */
  readonly tellsTimeout: boolean
  readonly retry: RetryOptions
  readonly checkTypes: boolean
  readonly maxMessageBytes: number
}

const defaultRetry: RetryOptions = { maxAttempts: 3 }
const defaultReadyMs = 30_000

/** @throws {FlowError} INVALID_ARGUMENT for what is no URL, and for options that say nonsense; UNIMPLEMENTED for another kind than HTTP */
export function settingsOf(url: string | URL, options: ConnectOptions): Settings {
  const { serverReadyTimeoutMs = defaultReadyMs, timeoutMs = defaultTimeoutMs, headers = {}, kind = 'http' } = options
  if (kind !== 'http') {
    throw new FlowError('UNIMPLEMENTED', `kind "${kind}" is not spoken with typed endpoints`, {
      hint: 'They are called over HTTP; documents travel over gRPC too: new Client({ protocol: "grpc" })',
    })
  }
  checkTimeout(timeoutMs)
  if (!(serverReadyTimeoutMs >= 0)) throw wrong(`serverReadyTimeoutMs is 0 or more, not ${serverReadyTimeoutMs}`)
  const said = typeof headers === 'function' ? [] : Object.keys(headers)
  if (options.token !== undefined && said.some((name) => name.toLowerCase() === 'authorization')) {
    throw wrong('who asks is said twice: by token and by the header "authorization"')
  }
  const { base, address } = addressOf(url, options.tls)
  return {
    base,
    address,
    token: options.token,
    headers,
    serverReadyTimeoutMs,
    timeoutMs,
    tellsTimeout: options.timeoutMs !== undefined,
    retry: retryOf(options.retry) ?? defaultRetry,
    checkTypes: options.checkTypes ?? true,
    maxMessageBytes: options.maxMessageBytes ?? maxMessageBytes,
  }
}

/** What is said of trying again, if anything is. */
export function retryOf(retry: RetryOptions | false | undefined): RetryOptions | undefined {
  if (retry === false) return { maxAttempts: 1 }
  return retry && { ...defaultRetry, ...retry }
}

function addressOf(url: string | URL, tls: TlsOptions | undefined): { base: string; address: Address } {
  const text = String(url)
  const parsed = /^https?:\/\//i.test(text) && URL.canParse(text) ? new URL(text) : undefined
  if (!parsed || parsed.search || parsed.hash || parsed.username) {
    throw new FlowError('INVALID_ARGUMENT', `"${text}" is no address of a service`, {
      hint: 'Write it like "http://localhost:8080" or "https://my.flow/prefix"',
    })
  }
  const secure = parsed.protocol === 'https:'
  if (tls && !secure) throw wrong('tls is for https addresses')
  const address: Address = {
    host: parsed.hostname,
    port: Number(parsed.port) || (secure ? 443 : 80),
    protocol: 'http',
    tls: secure,
    certificates: tls && checkTls(tls),
  }
  return { base: `${parsed.origin}${parsed.pathname.replace(/\/+$/, '')}`, address }
}

function wrong(reason: string): FlowError {
  return new FlowError('INVALID_ARGUMENT', reason)
}
