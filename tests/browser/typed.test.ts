import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { api, defineExecutor } from '../../executors/index.ts'
import { type FileData, Flow, file, type RunningFlow } from '../../index.ts'
import { hasBrowser, startBrowser } from './browser.ts'

const Sample = defineExecutor({
  name: 'Sample',
  apis: {
    add: api({ input: { a: z.int(), b: z.int().default(40) }, examples: [{ a: 2 }] }, ({ a, b }) => ({ sum: a + b })),
    upload: api({ input: { report: file() } }, ({ report }: { report: FileData }) => `${report.name} ${report.size}`),
  },
})

describe.skipIf(!hasBrowser)('the docs page of typed endpoints, in a browser', () => {
  let flow: RunningFlow
  let browser: Browser
  let page: Page

  beforeAll(async () => {
    flow = await new Flow({ protocol: 'http' }).add({ uses: Sample }).start()
    browser = await startBrowser()
    page = await browser.newPage({ viewport: { width: 1100, height: 900 } })
    await page.goto(`http://localhost:${flow.port}/docs`)
  }, 240_000)
  afterAll(async () => {
    await browser?.close()
    await flow?.close()
  })

  const opened = async (path: string) => {
    const block = page.locator('.opblock').filter({ has: page.locator(`.opblock-summary-path[data-path="${path}"]`) })
    await block.locator('.opblock-summary').click()
    await block.locator('.try-out__btn').click()
    return block
  }

  it('tries one out with the example it has', async () => {
    const block = await opened('/add')
    await block.locator('button.execute').click()
    await expect.poll(() => block.locator('.live-responses-table').textContent()).toContain('"sum": 42')
  })

  it('uploads a file to one that takes it', async () => {
    const block = await opened('/upload')
    const chosen = { name: 'r.txt', mimeType: 'text/plain', buffer: Buffer.from('hello') }
    await block.locator('input[type=file]').setInputFiles(chosen)
    await block.locator('button.execute').click()
    await expect.poll(() => block.locator('.live-responses-table').textContent()).toContain('r.txt 5')
  })
})
