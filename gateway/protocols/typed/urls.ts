import { lookup } from 'node:dns/promises'
import { type IncomingMessage, request as requestHttp } from 'node:http'
import { request as requestHttps } from 'node:https'
import { isIP } from 'node:net'
import ipaddr from 'ipaddr.js'
import { type Call, FileData, FlowError } from '../../../proto/index.ts'

/** From where files are fetched that callers name by URLs. */
export interface FileUrlOptions {
  /** Such as `https://example.org`. @default none */
  readonly origins: readonly string[]
  /** Unit: bytes. */
  readonly maxBytes: number
  /** Unit: ms. */
  readonly timeoutMs: number
  /** Fetch from addresses of private networks and this machine too. */
  readonly allowPrivate: boolean
}

/** Reads what stands where a file should: a URL of an allowed origin. */
export interface FileUrls {
  /**
   * The file; a text that is no URL stays what it is, and the executor refuses it.
   * @param name - of the argument
   * @throws {FlowError} INVALID_ARGUMENT for a URL that is not allowed, or has no file
   */
  read(text: string, name: string): Promise<FileData | string>
}

/** @param call - that the files are for */
export function createFileUrls(options: FileUrlOptions, call: Call): FileUrls {
  return {
    async read(text, name) {
      const url = /^https?:\/\//i.test(text) && URL.canParse(text) ? new URL(text) : undefined
      if (!url) return text
      try {
        return await fetchFile(url, options, call.signal)
      } catch (error) {
        if (call.signal.aborted) throw error
        const msg = error instanceof Refused ? error.message : `${url.origin} does not give the file`
        throw new FlowError('INVALID_ARGUMENT', msg, { issues: [{ type: 'url', loc: [name], msg }] })
      }
    },
  }
}

/** Why a URL is not fetched, as the caller may know it. */
class Refused extends Error {}

async function fetchFile(url: URL, options: FileUrlOptions, signal: AbortSignal): Promise<FileData> {
  if (!options.origins.includes(url.origin)) {
    throw new Refused(
      `Files are not fetched from ${url.origin}: it is not among the allowed origins (fileUrls.origins)`,
    )
  }
  const address = await resolve(url, options)
  const timeout = AbortSignal.any([signal, AbortSignal.timeout(options.timeoutMs)])
  const response = await get(url, address, timeout)
  // a redirect leads to where nobody looked
  if (response.statusCode !== 200) {
    response.destroy()
    throw new Refused(`${url.origin} answered ${response.statusCode}`)
  }
  const type = response.headers['content-type']
  const name = decodeURIComponent(url.pathname.slice(url.pathname.lastIndexOf('/') + 1))
  return new FileData(await bytesOf(response, options.maxBytes), { name, ...(type && { type }) })
}

/** The address that is connected to: a name that is looked up twice may be two. */
async function resolve({ hostname }: URL, { allowPrivate }: FileUrlOptions): Promise<string> {
  const host = hostname.replace(/^\[|\]$/g, '')
  const found = isIP(host) ? [host] : (await lookup(host, { all: true })).map(({ address }) => address)
  const allowed = found.filter((address) => allowPrivate || ipaddr.process(address).range() === 'unicast')
  if (allowed[0] !== undefined) return allowed[0]
  throw new Refused(`Connection blocked due to insecure input URL: ${hostname} is no public address`)
}

function get(url: URL, address: string, signal: AbortSignal): Promise<IncomingMessage> {
  const request = url.protocol === 'https:' ? requestHttps : requestHttp
  const family = isIP(address)
  return new Promise((resolve, reject) => {
    const sent = request(url, {
      agent: false,
      signal,
      lookup: (_host, { all }, done) => (all ? done(null, [{ address, family }]) : done(null, address, family)),
    })
    sent.once('response', resolve).once('error', reject).end()
  })
}

async function bytesOf(response: IncomingMessage, maxBytes: number): Promise<Uint8Array> {
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of response as AsyncIterable<Buffer>) {
    length += chunk.length
    if (length > maxBytes) throw new Refused(`The file is larger than ${maxBytes} bytes (fileUrls.maxBytes)`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}
