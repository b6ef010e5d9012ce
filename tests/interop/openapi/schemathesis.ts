import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { freePorts, root, startServer } from '../peers.ts'
import { run, type Verdict } from '../suite.ts'

/** Pinned, as each version asks for more. */
const version = '4.32.5'

/** What is generated for each operation beside what the schemas themselves suggest. */
const examples = 5

interface Part {
  readonly name: string
  readonly args: readonly string[]
}

const parts: readonly Part[] = [
  { name: 'strict typed endpoints, all checks', args: ['--include-path-regex', '^/strict/'] },
  {
    name: 'lax ones and routes for documents: they read what they can, so nothing need be refused',
    args: ['--exclude-path-regex', '^/strict/', '--exclude-checks', 'negative_data_rejection'],
  },
]

/** schemathesis against what our OpenAPI page says: each operation counts as one case. */
export async function schemathesisSuite(): Promise<Verdict> {
  const port = await freePorts(1)
  await using _server = await startServer(resolve(root, 'tests/interop/openapi/serve'), ['--port', String(port)])
  let [passed, failed] = [0, 0]
  const problems: string[] = []
  for (const { name, args } of parts) {
    const url = `http://127.0.0.1:${port}/openapi.json`
    const bounds = ['-n', String(examples), '--seed', '1', '--no-color', '--max-failures', '20']
    const { code, output, errors } = await run(program(), ['run', url, ...args, ...bounds])
    const tested = Number(/^ *Tested: (\d+)/m.exec(output)?.[1] ?? 0)
    const broken = new Set([...output.matchAll(/^_{2,} ([A-Z]+ \S+) _{2,}$/gm)].map(([, operation]) => operation)).size
    passed += tested - broken
    if (code === 0 && tested > 0) continue
    failed += Math.max(1, broken)
    problems.push(`${name}:\n${(output + errors).slice(-4000)}`)
  }
  return { passed, failed, problem: problems.length > 0 ? problems.join('\n') : undefined }
}

/** As the setup script finds it. */
function python311(): string {
  return spawnSync('python3.11', ['--version']).error ? 'python3' : 'python3.11'
}

/** In a virtual environment of its own, made when it is missing. */
function program(): string {
  const venv = resolve(root, `.cache/venv-schemathesis-${version}`)
  const path = resolve(venv, 'bin/schemathesis')
  if (existsSync(path)) return path
  const stdio = ['ignore', 'inherit', 'inherit'] as const
  execFileSync(python311(), ['-m', 'venv', venv], { stdio: [...stdio] })
  const install = ['install', '-q', '--disable-pip-version-check', `schemathesis==${version}`]
  execFileSync(resolve(venv, 'bin/pip'), install, { stdio: [...stdio] })
  return path
}
