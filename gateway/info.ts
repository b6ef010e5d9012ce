import { readFileSync } from 'node:fs'
import { arch, platform, release } from 'node:os'
import type { Info } from './protocols/index.ts'

/** The versions of Jina and docarray whose wire this gateway speaks; clients ask for them. */
const SPOKEN = { jina: '3.14.1', docarray: '0.21.0' }

const started = new Date()

/** What `/status` and `_status` tell: versions and the machine. Of the environment, nothing. */
export function gatewayInfo(): Info {
  return {
    jina: {
      ...SPOKEN,
      sluice: packageVersion(),
      node: process.version,
      platform: platform(),
      'platform-release': release(),
      architecture: arch(),
      uptime: started.toISOString(),
    },
    envs: {},
  }
}

let version: string | undefined

/** Beside the sources or, in the package, one folder above `dist`. */
function packageVersion(): string {
  for (const place of ['../package.json', '../../package.json']) {
    if (version) break
    try {
      version = JSON.parse(readFileSync(new URL(place, import.meta.url), 'utf8')).version
    } catch {}
  }
  return version ?? 'unknown'
}
