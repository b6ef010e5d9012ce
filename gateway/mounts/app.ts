import type { IncomingMessage, ServerResponse } from 'node:http'
import { type Duplex, Readable } from 'node:stream'
import { FlowError } from '../../proto/index.ts'
import { sendResponse } from '../around/held.ts'
import { isSecure } from '../around/layer.ts'
import type { FetchHandler, MountOptions, NodeHandler } from './mount.ts'

/** A request as a mounted app is given it: `url` is what is below the mount. */
export interface MountedRequest extends IncomingMessage {
  /** The whole, as it came. Express's name. */
  originalUrl?: string
  /** Where the app is mounted. Express's name. */
  baseUrl?: string
}

/** An app that is mounted, whatever its kind. */
export interface App {
  /** Rejects where it does not answer. */
  answer(request: MountedRequest, response: ServerResponse): Promise<void>
  /** Takes a WebSocket over; or refuses it, while nothing was written. */
  upgrade?(request: MountedRequest, socket: Duplex, head: Buffer, refuse: (error: FlowError) => void): void
  /** Nobody waits for the answer any more. */
  abort?(request: IncomingMessage): void
}

export function nodeApp(handler: NodeHandler, { upgrade }: MountOptions): App {
  return {
    ...(upgrade && { upgrade }),
    async answer(request, response) {
      // whoever answers later calls nobody
      await new Promise<void>((resolve, reject) => {
        response.once('close', resolve)
        const next = (error?: unknown) =>
          reject(error ?? new FlowError('NOT_FOUND', `there is no ${request.originalUrl}`))
        Promise.resolve(handler(request, response, next)).catch(reject)
      })
    },
  }
}

export function fetchApp(handler: FetchHandler): App {
  const aborts = new WeakMap<IncomingMessage, AbortController>()
  return {
    async answer(request, response) {
      const abort = new AbortController()
      aborts.set(request, abort)
      response.once('close', () => abort.abort())
      const answer = await handler(requestOf(request, abort.signal))
      if (!response.headersSent && !response.destroyed) await sendResponse(response, answer)
    },
    abort: (request) => aborts.get(request)?.abort(),
  }
}

function requestOf(request: MountedRequest, signal: AbortSignal): Request {
  const { method = 'GET', url, headers: given, baseUrl = '' } = request
  const headers = new Headers({ 'x-forwarded-prefix': baseUrl })
  for (const [name, value] of Object.entries(given)) {
    for (const one of [value].flat()) if (one !== undefined && name !== 'x-forwarded-prefix') headers.append(name, one)
  }
  const place = `${isSecure(request) ? 'https' : 'http'}://${given.host ?? 'localhost'}`
  const body = method === 'GET' || method === 'HEAD' ? {} : { body: Readable.toWeb(request), duplex: 'half' }
  try {
    return new Request(new URL(`${place}${url}`), { method, headers, signal, ...body } as RequestInit)
  } catch (error) {
    throw new FlowError('INVALID_ARGUMENT', FlowError.from(error).reason)
  }
}
