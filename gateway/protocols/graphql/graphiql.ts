import { createHash } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import { renderGraphiQL } from '@graphql-yoga/render-graphiql'

const EXAMPLE = `# Documents go through the flow; a subscription gives them as they come.
query {
  docs(data: [{ text: "hello" }], execEndpoint: "/search") {
    id
    text
    matches {
      text
      scores { name score { value } }
    }
  }
}
`

interface Page {
  readonly html: Buffer
  readonly gzipped: Buffer
  readonly etag: string
}

let page: Promise<Page> | undefined

/** True for a browser that opens the endpoint as a page. */
export function wantsGraphiQL({ method, headers }: IncomingMessage): boolean {
  return method === 'GET' && (headers.accept?.includes('text/html') ?? false)
}

/** The page that explores the schema, all of it from here: 9 MB that are made once, and shared by those who read them. */
export async function sendGraphiQL({ headers }: IncomingMessage, response: ServerResponse): Promise<void> {
  page ??= render()
  const { html, gzipped, etag } = await page
  const caching = { etag, 'cache-control': 'no-cache', vary: 'Accept, Accept-Encoding' }
  if (headers['if-none-match'] === etag) {
    response.writeHead(304, caching).end()
    return
  }
  const zipped = /\bgzip\b/.test(headers['accept-encoding']?.toString() ?? '')
  const body = zipped ? gzipped : html
  response.writeHead(200, {
    ...caching,
    'content-type': 'text/html; charset=utf-8',
    'content-length': body.length,
    ...(zipped && { 'content-encoding': 'gzip' }),
  })
  response.end(body)
}

async function render(): Promise<Page> {
  const html = Buffer.from(renderGraphiQL({ title: 'Sluice', defaultQuery: EXAMPLE, subscriptionsProtocol: 'SSE' }))
  const etag = `"${createHash('sha256').update(html).digest('base64url')}"`
  return { html, gzipped: await promisify(gzip)(html), etag }
}
