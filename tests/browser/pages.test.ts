import { mkdirSync } from 'node:fs'
import { resolve } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { root, type Server, startServer } from '../interop/peers.ts'
import { hasBrowser, startBrowser } from './browser.ts'

const folder = resolve(root, '.cache/browser')

describe.skipIf(!hasBrowser)('pages that the gateway serves, in a browser', () => {
  const url = 'http://localhost:18310'
  let flow: Server
  let browser: Browser
  let page: Page
  let elsewhere: string[]

  beforeAll(async () => {
    mkdirSync(folder, { recursive: true })
    flow = await startServer(resolve(root, 'tests/interop/jina1/serve'), ['--protocol', 'graphql', '--port', '18310'])
    browser = await startBrowser()
  }, 240_000)
  afterAll(async () => {
    await browser?.close()
    await flow?.stop()
  })
  beforeEach(async () => {
    elsewhere = []
    page = await browser.newPage({ viewport: { width: 1100, height: 700 } })
    page.on('request', (request) => {
      const asked = request.url()
      if (!asked.startsWith(url) && !/^(data|blob):/.test(asked)) elsewhere.push(asked)
    })
    return () => page.close()
  })

  it('GraphiQL knows the schema and runs a query, and asks nobody else for anything', async () => {
    await page.goto(`${url}/graphql?query=${encodeURIComponent('{ docs(data: {text: "hello"}) { text tags } }')}`)
    await page.click('button.graphiql-execute-button')
    await expect.poll(() => page.locator('.result-window').textContent()).toContain('HELLO')
    await page.screenshot({ path: resolve(folder, 'graphiql.png') })
    await page.click('button[aria-label*="Documentation"]')
    await expect.poll(() => page.locator('.graphiql-plugin').textContent()).toContain('Mutation')
    expect(elsewhere).toEqual([])
  })

  it('the docs show every route, GraphQL too, and ask nobody else for anything', async () => {
    await page.goto(`${url}/docs`)
    await expect.poll(() => page.locator('.opblock-summary-path').allTextContents()).toContain('/post')
    expect(await page.locator('.opblock-summary-path').allTextContents()).toContain('/graphql')
    await page.screenshot({ path: resolve(folder, 'docs.png') })
    expect(elsewhere).toEqual([])
  })
})
