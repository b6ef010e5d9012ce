import { execFileSync } from 'node:child_process'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'

const root = resolve(import.meta.dirname, '..')

/** Builds the package. Sources that are compiled as they are loaded give every function its name when it is made, which costs up to a fifth. */
export function build(): void {
  execFileSync(process.execPath, ['scripts/build.js'], { cwd: root, stdio: 'inherit' })
}

/** A folder of the package as it is published, such as `built<typeof import('../proto/index.ts')>('proto/index.js')`. */
export async function built<Module>(path: string): Promise<Module> {
  return import(pathToFileURL(resolve(root, 'dist', path)).href)
}
