import { mkdirSync, writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { bundleClient } from '../../scripts/browser.js'
import { root, type Server, startServer } from '../interop/peers.ts'
import { hasBrowser, startBrowser } from './browser.ts'

const folder = resolve(root, '.cache/browser')

describe.skipIf(!hasBrowser)('the ingest example in a browser', () => {
  let flow: Server
  let browser: Browser
  let page: Page
  let problems: string[]

  beforeAll(async () => {
    mkdirSync(folder, { recursive: true })
    bundleClient(resolve(root, 'dist/browser/client.js'))
    const cli = ['--import', 'tsx', 'flows/cli.ts', 'flow', 'examples/ingest/flow.yml']
    flow = await startServer(process.execPath, cli, { env: { HTTP_PORT: '18300' } })
    browser = await startBrowser()
  }, 240_000)
  afterAll(async () => {
    await browser?.close()
    await flow?.stop()
  })
  beforeEach(async () => {
    problems = []
    page = await browser.newPage({ viewport: { width: 900, height: 1000 } })
    page.on('pageerror', (error) => problems.push(error.message))
    page.on('console', (message) => message.type() === 'error' && problems.push(message.text()))
    await page.goto('http://localhost:18300/')
    return async () => {
      await page.close()
      expect(problems).toEqual([])
    }
  })

  const file = (name: string, lines: readonly string[]): string => {
    writeFileSync(resolve(folder, name), `${lines.join('\n')}\n`)
    return resolve(folder, name)
  }
  const seen = (id: string) => page.locator(`#${id}`).textContent()
  const shot = (name: string) => page.screenshot({ path: resolve(folder, `${name}.png`), fullPage: true })

  it('streams a file in, and finds its lines', async () => {
    const lines = Array.from({ length: 2000 }, (_, i) => JSON.stringify({ text: `line ${i} of the log`, tags: { i } }))
    lines[1234] = JSON.stringify({ text: 'a white whale was seen off Nantucket', tags: { page: 12, ship: 'Pequod' } })
    lines[99] = JSON.stringify({ title: 'an object of another kind', year: 1851 })
    lines[50] = '{"text": broken'
    lines[51] = 'plain text about whalebone'
    await expect.poll(() => seen('health')).toContain('ready')
    await page.setInputFiles('#file', file('docs.ndjson', lines))
    await expect.poll(() => seen('waiting'), { timeout: 30_000 }).toBe('Done')
    expect([await seen('done'), await seen('skipped')]).toEqual(['1,999', '1'])

    await page.fill('#question', 'white whales near nantucket')
    await page.click('text=Search >> nth=-1')
    await expect.poll(() => page.locator('#matches li').count()).toBeGreaterThan(0)
    const first = page.locator('#matches li').first()
    expect(await first.locator('p').textContent()).toBe('a white whale was seen off Nantucket')
    expect(await first.locator('.tags span').allTextContents()).toEqual(['page: 12', 'ship: Pequod'])
    await shot('searched')
  })

  it('reads no faster than the flow answers, and shows it', async () => {
    const lines = Array.from({ length: 60_000 }, (_, i) =>
      JSON.stringify({ text: `${i} ${'words and more words '.repeat(10)}` }),
    )
    await page.setInputFiles('#file', file('large.ndjson', lines))
    await expect.poll(() => seen('waiting'), { timeout: 10_000, interval: 5 }).toBe('Reading waits for the flow')
    expect(await page.locator('#slots i.on').count()).toBe(8)
    await shot('waiting')
    await page.click('#stop')
    await expect.poll(() => seen('waiting')).toBe('Stopped')
    expect(Number((await seen('done'))?.replaceAll(',', ''))).toBeLessThan(60_000)
  })

  it('says when the flow has gone, and nothing is left hanging', async () => {
    await page.fill('#question', 'whale')
    await page.route('**/post', (route) => route.abort())
    await page.click('text=Search >> nth=-1')
    await expect.poll(() => seen('search-error')).toMatch(/cannot be reached/)
    problems = problems.filter((problem) => !problem.includes('ERR_FAILED'))
  })
})
