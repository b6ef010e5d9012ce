import { readFileSync } from 'node:fs'
import { arch, platform, release } from 'node:os'

/** Versions and environment, all as text: what Jina's `/status` and `_status` tell. */
export interface Info {
  jina: Record<string, string>
  envs: Record<string, string>
}

/** The versions of Jina and docarray whose wire this package speaks; clients ask for them. */
const SPOKEN = { jina: '3.14.1', docarray: '0.21.0' }

const started = new Date()

/** Versions and the machine. Of the environment, nothing. Node alone: not part of the folder's index. */
export function processInfo(more: Readonly<Record<string, string>> = {}): Info {
  return {
    jina: {
      ...SPOKEN,
      sluice: packageVersion(),
      node: process.version,
      platform: platform(),
      'platform-release': release(),
      architecture: arch(),
      uptime: started.toISOString(),
      ...more,
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
