import { existsSync } from 'node:fs'
import { isAbsolute, resolve } from 'node:path'
import type { FlowDescription } from './exports/description.ts'

/** Files by the names of deployments. */
export type Sources = ReadonlyMap<string, ReadonlySet<string>>

/**
 * The files that each deployment's executor is made of: its own, and all that it imports, but packages.
 * @param before - what they were: those of code that cannot be read just now stay what they were
 */
export async function sourcesOf(
  { deployments, baseDir }: FlowDescription,
  before: Sources = new Map(),
): Promise<Sources> {
  const found = await Promise.all(
    deployments.map(async ({ name, uses, external }): Promise<[string, ReadonlySet<string>]> => {
      const file = typeof uses === 'string' && !external ? fileOf(uses, baseDir) : undefined
      if (file === undefined) return [name, new Set()]
      return [name, new Set([file, ...((await importsOf(file)) ?? before.get(name) ?? [])])]
    }),
  )
  return new Map(found)
}

function fileOf(uses: string, baseDir: string): string | undefined {
  const [specifier = ''] = uses.split('#')
  const file = resolve(baseDir, specifier)
  return (specifier.startsWith('.') || isAbsolute(specifier)) && existsSync(file) ? file : undefined
}

async function importsOf(file: string): Promise<string[] | undefined> {
  const { build } = await import('esbuild')
  try {
    const { metafile } = await build({
      entryPoints: [file],
      ...{ bundle: true, write: false, metafile: true, logLevel: 'silent' },
      ...{ platform: 'node', format: 'esm', packages: 'external', outdir: '/', loader: { '.node': 'copy' } },
    })
    return Object.keys(metafile.inputs).map((input) => resolve(input))
  } catch {
    return undefined
  }
}
