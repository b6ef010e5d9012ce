import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import express, { type Express } from 'express'
import { FlowError } from '../../../proto/index.ts'
import { openapi } from './openapi.ts'
import type { HttpOptions } from './options.ts'
import type { RouteTable } from './routes.ts'

/** Everything that is not hot: the OpenAPI description and its page, static files. What it does not know is a 404 in FastAPI's words. */
export function createApp(options: HttpOptions, routes: RouteTable, version: string): Express {
  const app = express()
  app.disable('x-powered-by')
  if (options.posts) {
    addDocs(app, options, () => openapi(options, routes, version))
    for (const folder of options.static) app.use(express.static(folder))
  }
  app.use((_request, response) => {
    response.status(404).setHeader('content-type', 'application/json').end('{"detail":"Not Found"}')
  })
  return app
}

/**
 * True where a static folder has a page for `/`.
 * @throws {FlowError} NOT_FOUND for a folder that is not there
 */
export function hasPage({ static: folders }: HttpOptions): boolean {
  const missing = folders.find((folder) => !existsSync(folder))
  if (missing !== undefined) throw new FlowError('NOT_FOUND', `static: there is no folder ${missing}`)
  return folders.some((folder) => existsSync(join(folder, 'index.html')))
}

/** Whether a path is one of the pages that describe the routes. */
export function isDocs(path: string): boolean {
  return /^\/(openapi\.json|docs\.json|docs(\/.*)?)$/.test(path)
}

// typed endpoints may become known later
function addDocs(app: Express, { title }: HttpOptions, describe: () => object): void {
  app.get(['/openapi.json', '/docs.json'], (_request, response) => {
    response.json(describe())
  })
  app.get('/docs', (_request, response) => {
    response.type('html').send(page(title))
  })
  app.get('/docs/start.js', (_request, response) => {
    response.type('js').send(START)
  })
  app.use('/docs', express.static(swaggerFolder(), { index: false, maxAge: '1d' }))
}

// the page's own files come from the package, so that it works without a network
function swaggerFolder(): string {
  return dirname(createRequire(import.meta.url).resolve('swagger-ui-dist/package.json'))
}

const START = `SwaggerUIBundle({ url: '/openapi.json', dom_id: '#docs', deepLinking: true, defaultModelsExpandDepth: 0 })\n`

function page(title: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title.replaceAll(/[<>&"]/g, '')}</title>
<link rel="stylesheet" href="/docs/swagger-ui.css">
<link rel="icon" href="/docs/favicon-32x32.png">
</head>
<body>
<div id="docs"></div>
<script src="/docs/swagger-ui-bundle.js"></script>
<script src="/docs/start.js"></script>
</body>
</html>
`
}
