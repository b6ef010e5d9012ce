import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { flowchartSvg } from '../../flows/exports/svg.ts'
import { tenNodes } from '../../flows/fixtures/described.ts'
import { hasBrowser, startBrowser } from './browser.ts'

describe.skipIf(!hasBrowser)('a flowchart in a browser', () => {
  let browser: Browser
  let page: Page
  beforeAll(async () => {
    browser = await startBrowser()
    page = await browser.newPage()
    await page.goto(`data:image/svg+xml;base64,${Buffer.from(flowchartSvg(tenNodes())).toString('base64')}`)
  }, 60_000)
  afterAll(() => browser.close())

  it('is XML without a mistake', async () => {
    expect(await page.locator('parsererror').count()).toBe(0)
    expect(await page.locator('g.node').count()).toBe(12)
  })

  it('has every text within its box', async () => {
    const outside = await page.locator('g.node, g.condition').evaluateAll((groups) =>
      groups.flatMap((group) => {
        const rects = [...group.querySelectorAll('rect')]
        const box = (rects.at(-1) as Element).getBoundingClientRect()
        return [...group.querySelectorAll('text')]
          .filter((text) => {
            const { left, right, top, bottom } = text.getBoundingClientRect()
            return left < box.left || right > box.right || top < box.top || bottom > box.bottom
          })
          .map((text) => text.textContent)
      }),
    )
    expect(outside).toEqual([])
  })
})
