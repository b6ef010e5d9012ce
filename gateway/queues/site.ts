import type { IncomingMessage, ServerResponse } from 'node:http'
import { FlowError } from '../../proto/index.ts'
import type { CompiledGatewayOptions } from '../options.ts'
import type { WebSite } from '../protocols/index.ts'
import { createBoard, type Queues } from './board.ts'

const PATH = '/queues'

/** The page asks for fonts elsewhere; who looks at queues need not be known there. */
const POLICY = "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self' data:"

/**
 * The queues of a flow's executors, at `/queues` on HTTP's port, to be looked at.
 * @throws {FlowError} INVALID_ARGUMENT where there are none or nobody could ask for them, FAILED_PRECONDITION without bull-board
 */
export async function openQueues(queues: Queues, options: CompiledGatewayOptions): Promise<WebSite> {
  check(queues, options)
  const board = await createBoard(queues, PATH, options.title)
  return {
    answer(request, response) {
      if (!isOurs(request.url)) return false
      if (request.method === 'GET' || request.method === 'HEAD') show(request, response)
      else response.writeHead(405, { allow: 'GET, HEAD', 'content-length': 0 }).end()
      return true
    },
  }

  function show(request: IncomingMessage, response: ServerResponse): void {
    response.setHeader('content-security-policy', POLICY)
    // bull-board's routes begin at its own root
    request.url = request.url?.slice(PATH.length).replace(/^\/?/, '/') ?? '/'
    board(request, response)
  }
}

function isOurs(url = ''): boolean {
  return url.startsWith(PATH) && /^([/?]|$)/.test(url.slice(PATH.length))
}

function check(queues: Queues, { protocol, exposeEndpoints }: CompiledGatewayOptions): void {
  const refused = (reason: string, hint: string) => new FlowError('INVALID_ARGUMENT', `queues: ${reason}`, { hint })
  if (queues.length === 0) throw refused('no deployment of this flow has one', 'Give one transport: redis')
  if (![protocol].flat().includes('http')) throw refused('they are shown over HTTP, which is not spoken', 'Add "http"')
  const taken = Object.entries(exposeEndpoints).find(([name, { httpPath = name }]) => isOurs(httpPath))
  if (taken) throw refused(`the endpoint "${taken[0]}" is exposed where they are shown`, 'Give it another httpPath')
}
