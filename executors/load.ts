import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { isAbsolute, join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { FlowError } from '../proto/index.ts'
import type { ExecutorClass } from './executor.ts'
import { library } from './library/index.ts'

/**
 * Finds the class that `uses` names: `./file.ts#Export` (relative to `baseDir`), a package as `package#Export`,
 * a name of the library, or of an export of one of `modules`. Without `#Export`, the default export or the only executor there.
 *
 * TypeScript is loaded through tsx, compiled JavaScript without it.
 * @throws {FlowError} NOT_FOUND where there is no such module or export, INVALID_ARGUMENT where it is no executor
 */
export async function loadExecutor(
  uses: string,
  baseDir: string = process.cwd(),
  modules: readonly string[] = [],
): Promise<ExecutorClass> {
  const [specifier = '', exported] = uses.split('#')
  const own = (await fromModules(uses, baseDir, modules)) ?? library[specifier]
  if (own) return own
  const module = await importModule(specifier, baseDir, uses)
  const Class = exported ? module[exported] : (module.default ?? onlyExecutor(module))
  if (Class === undefined) {
    const exports = Object.keys(module).join(', ') || 'nothing'
    throw new FlowError('NOT_FOUND', `"${uses}": there is no export "${exported ?? 'default'}"`, {
      hint: `The module exports ${exports}`,
    })
  }
  if (!isExecutorClass(Class))
    throw new FlowError('INVALID_ARGUMENT', `"${uses}" is no executor class`, {
      hint: 'Extend Executor, or use defineExecutor',
    })
  return Class
}

async function fromModules(
  name: string,
  baseDir: string,
  modules: readonly string[],
): Promise<ExecutorClass | undefined> {
  for (const file of modules) {
    const exported = (await importModule(file, baseDir, file))[name]
    if (isExecutorClass(exported)) return exported
  }
  return undefined
}

async function importModule(specifier: string, baseDir: string, uses: string): Promise<Record<string, unknown>> {
  const file = isPath(specifier) ? resolve(baseDir, specifier) : resolvePackage(specifier, baseDir)
  if (!file || !existsSync(file)) {
    const names = Object.keys(library).join(', ')
    throw new FlowError(
      'NOT_FOUND',
      `"${uses}": ${isPath(specifier) ? `no file ${file}` : `neither a package nor in the library (${names})`}`,
    )
  }
  try {
    if (/\.[cm]?tsx?$/.test(file)) await useTypeScript()
    return (await import(pathToFileURL(file).href)) as Record<string, unknown>
  } catch (error) {
    const cause = FlowError.from(error)
    throw new FlowError('FAILED_PRECONDITION', `"${uses}" could not be loaded: ${cause.reason}`, { cause: error })
  }
}

function isPath(specifier: string): boolean {
  return specifier.startsWith('.') || isAbsolute(specifier) || /\.[cm]?[jt]sx?$/.test(specifier)
}

function resolvePackage(specifier: string, baseDir: string): string | undefined {
  try {
    return createRequire(join(baseDir, 'package.json')).resolve(specifier)
  } catch {
    return undefined
  }
}

let typescript: Promise<unknown> | undefined

function useTypeScript(): Promise<unknown> {
  typescript ??= import('tsx/esm/api').then(({ register }) => register())
  return typescript
}

function onlyExecutor(module: Record<string, unknown>): unknown {
  const classes = Object.values(module).filter(isExecutorClass)
  return classes.length === 1 ? classes[0] : undefined
}

// by shape: a user's file may import another copy of this package than the one that loads it
function isExecutorClass(value: unknown): value is ExecutorClass {
  for (let at = value as { name?: string } | null; typeof at === 'function'; at = Object.getPrototypeOf(at)) {
    if (at.name === 'Executor') return true
  }
  return false
}
