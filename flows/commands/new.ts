import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, join, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Command } from 'commander'
import { FlowError } from '../../proto/index.ts'

/** Files that npm would take for the package's own have no dot where they are kept. */
const renamed: Readonly<Record<string, string>> = { gitignore: '.gitignore', dockerignore: '.dockerignore' }

/** `sluice new FOLDER` */
export function newCommand(version: string): Command {
  return new Command('new')
    .description('make a project that runs: executors, a flow, a client, a test')
    .argument('<folder>', 'where; a new folder, or an empty one')
    .option('--name <name>', "the project's name; default: the folder's")
    .option('--json', 'tell as JSON what was made')
    .addHelpText(
      'after',
      `
Examples:
  sluice new words && cd words && npm install && npm test && npm start
  sluice new ./services/words --name words`,
    )
    .action((folder: string, { name = basename(resolve(folder)), json }: { name?: string; json?: boolean }) => {
      const files = makeProject(folder, { name: checkedName(name), version })
      if (json) console.log(JSON.stringify({ folder: resolve(folder), name, files }))
      else tell(folder, files)
    })
}

function makeProject(folder: string, values: Readonly<Record<string, string>>): string[] {
  if (existsSync(folder) && readdirSync(folder).length > 0) {
    throw new FlowError('ALREADY_EXISTS', `${folder} is not empty`, { hint: 'Name a folder that is not there yet' })
  }
  mkdirSync(folder, { recursive: true })
  const from = templateFolder()
  return readdirSync(from)
    .map((file) => {
      const text = readFileSync(join(from, file), 'utf8')
      const to = renamed[file] ?? file
      writeFileSync(
        join(folder, to),
        text.replace(/\{\{(\w+)\}\}/g, (_, key: string) => values[key] as string),
      )
      return to
    })
    .sort()
}

/** Beside the sources, or above `dist`. */
function templateFolder(): string {
  const places = ['../../templates/project', '../../../templates/project']
  const found = places.map((place) => fileURLToPath(new URL(place, import.meta.url))).find(existsSync)
  if (found) return found
  throw new FlowError('INTERNAL', 'this installation of Sluice has no templates')
}

function checkedName(name: string): string {
  if (/^[a-z0-9][a-z0-9._-]{0,213}$/.test(name)) return name
  throw new FlowError('INVALID_ARGUMENT', `"${name}" is no name of a package`, {
    hint: 'Give another with --name: small letters, digits, . _ -',
  })
}

function tell(folder: string, files: readonly string[]): void {
  const place = relative('.', folder) || '.'
  console.log(`Made ${place} with ${files.join(', ')}.

Next:
${place === '.' ? '' : `  cd ${place}\n`}  npm install
  npm test           # a document through the flow
  npm start          # http://localhost:8080
  npm run client     # in another terminal`)
}
