import { type Browser, chromium } from 'playwright-core'
import { obtain } from '../obtain.ts'

const executablePath = obtain({
  names: ['chromium', 'chromium-browser', 'google-chrome'],
  variable: 'CHROMIUM',
  aptPackage: 'chromium',
})

/** False where there is no browser to be had: it has been said. */
export const hasBrowser = executablePath !== undefined

export function startBrowser(): Promise<Browser> {
  // root may not use Chromium's sandbox, and the pages are ours
  return chromium.launch({ executablePath: executablePath as string, args: ['--no-sandbox', '--disable-gpu'] })
}
