import { createHash } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
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

/** 9 MB that are made when first asked for, and shared by those who read them. */
interface Page {
  readonly html: Buffer
  readonly etag: string
  /** Absent until it is ready. */
  gzipped?: Buffer
}

let page: Page | undefined

/** True for a browser that opens the endpoint as a page. */
export function wantsGraphiQL({ method, headers }: IncomingMessage): boolean {
  return method === 'GET' && (headers.accept?.includes('text/html') ?? false)
}

/** The page that explores the schema, all of it from here. */
export function sendGraphiQL({ headers }: IncomingMessage, response: ServerResponse): void {
  page ??= render()
  const { html, gzipped, etag } = page
  const caching = { etag, 'cache-control': 'no-cache', vary: 'Accept, Accept-Encoding' }
  if (headers['if-none-match'] === etag) {
    response.writeHead(304, caching).end()
    return
  }
  const zipped = /\bgzip\b/.test(headers['accept-encoding']?.toString() ?? '') ? gzipped : undefined
  const body = zipped ?? html
  response.writeHead(200, {
    ...caching,
    'content-type': 'text/html; charset=utf-8',
    'content-length': body.length,
    ...(zipped && { 'content-encoding': 'gzip' }),
  })
  response.end(body)
}

function render(): Page {
  const html = Buffer.from(renderGraphiQL({ title: 'Sluice', defaultQuery: EXAMPLE, subscriptionsProtocol: 'SSE' }))
  const rendered: Page = { html, etag: `"${createHash('sha256').update(html).digest('base64url')}"` }
  // takes longer than who asks first should wait
  gzip(html, (_error, gzipped) => Object.assign(rendered, gzipped && { gzipped }))
  return rendered
}
