import { spawn } from 'node:child_process'
import { mkdirSync, readFileSync, rmSync } from 'node:fs'
import { resolve } from 'node:path'
import { startRedis } from '../redis.ts'
import { type Certificate, makeCertificate } from './certificate.ts'
import { protocols } from './jina1/protocols.ts'
import { freePorts, hasPython, jinaEnv, python, root, shared, startServer } from './peers.ts'

/** How one suite ended: a sentence where it did not as it should. */
interface Verdict {
  readonly passed: number
  readonly failed: number
  readonly problem?: string | undefined
}

const cache = resolve(root, '.cache')

/** How the reference flow is served beside its protocol. */
interface Serving {
  /** Over TLS. */
  readonly certificate?: Certificate
  /** Its executors behind queues. */
  readonly redis?: string
}

/** The real client's suite against our reference flow; all of its cases must run, and pass. */
async function clientSuite(protocol: string, cases: number, { certificate, redis }: Serving = {}): Promise<Verdict> {
  const port = await freePorts(1)
  const address = ['--port', String(port), '--protocol', protocol]
  const proof = certificate ? ['--tls-cert', certificate.cert, '--tls-key', certificate.key] : []
  const trust = certificate ? ['--host', 'localhost', '--tls', '--ca', certificate.cert] : []
  const behind = redis ? ['--redis', redis] : []
  const served = [...address, ...proof, ...behind]
  await using _server = await startServer(resolve(root, 'tests/interop/jina1/serve'), served)
  const suite = [resolve(shared, 'interop/jina1/client_suite.py'), ...address, ...trust]
  const { output, errors } = await run(python('jina1'), suite)
  for (const [line] of output.matchAll(/^FAIL .*$/gm)) console.log(line)
  const verdict = /^(\d+) passed, (\d+) failed$/m.exec(output)
  const [passed, failed] = [Number(verdict?.[1] ?? 0), Number(verdict?.[2] ?? 1)]
  if (passed === cases && failed === 0) return { passed, failed }
  const problem = verdict ? `expected ${cases} cases, all passing` : `no verdict:\n${errors.slice(-3000)}`
  return { passed, failed: Math.max(failed, cases - passed, 1), problem }
}

/** Recorded flows of the real Jina, replayed. */
async function replay(): Promise<Verdict> {
  const { output, errors, code } = await run(resolve(root, 'tests/interop/flows/replay'), [])
  for (const [line] of output.matchAll(/^FAIL .*$/gm)) console.log(line)
  const verdict = /^(\d+) passed, (\d+) failed$/m.exec(output)
  const [passed, failed] = [Number(verdict?.[1] ?? 0), Number(verdict?.[2] ?? 1)]
  if (code === 0 && passed > 0 && failed === 0) return { passed, failed }
  return { passed, failed: Math.max(failed, 1), problem: verdict ? undefined : `no verdict:\n${errors.slice(-3000)}` }
}

/** Our side's tests: recordings, and our client against a real Jina. */
async function ourTests(): Promise<Verdict> {
  const report = resolve(cache, 'interop.json')
  rmSync(report, { force: true })
  const args = [
    'vitest',
    'run',
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${report}`,
    'tests/interop',
  ]
  const { code } = await run('npx', args, { INTEROP: '1' }, true)
  const { numPassedTests: passed, numFailedTests, numPendingTests, success } = JSON.parse(readFileSync(report, 'utf8'))
  // tests whose server did not start count as neither
  const failed = numFailedTests + numPendingTests
  if (success && code === 0 && failed === 0) return { passed, failed }
  return { passed, failed: Math.max(failed, 1), problem: `vitest ended with ${code}, ${numPendingTests} tests not run` }
}

interface Ended {
  readonly code: number | null
  readonly output: string
  readonly errors: string
}

function run(command: string, args: string[], env: Record<string, string> = {}, shown = false): Promise<Ended> {
  const child = spawn(command, args, {
    cwd: root,
    env: { ...process.env, ...jinaEnv, ...env },
    stdio: ['ignore', shown ? 'inherit' : 'pipe', shown ? 'inherit' : 'pipe'],
  })
  let output = ''
  let errors = ''
  child.stdout?.on('data', (chunk) => (output += chunk))
  child.stderr?.on('data', (chunk) => (errors += chunk))
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code) => resolve({ code, output, errors }))
  })
}

/** Runs one suite and prints its line. */
async function judge(name: string, suite: () => Promise<Verdict>): Promise<void> {
  const { passed, failed, problem } = await suite().catch(
    (error: Error): Verdict => ({ passed: 0, failed: 1, problem: error.message }),
  )
  if (problem) console.log(`${name}: ${problem}`)
  console.log(`${name}: ${passed} passed, ${failed} failed`)
  if (failed > 0) process.exitCode = 1
}

await judge('flows', replay)
if (hasPython()) {
  mkdirSync(cache, { recursive: true })
  const certificate = makeCertificate(resolve(cache, 'certificate'))
  const redis = await startRedis()
  for (const { protocol, cases } of protocols) {
    await judge(`jina1-${protocol}`, () => clientSuite(protocol, cases))
    await judge(`jina1-${protocol}-tls`, () => clientSuite(protocol, cases, { certificate }))
    await judge(`jina1-${protocol}-redis`, () =>
      clientSuite(protocol, cases, { redis: `${redis.url}?prefix=${protocol}` }),
    )
  }
  await redis.stop()
  await judge('recordings-and-client', ourTests)
} else {
  console.error('SKIPPED: the interop suites need Python 3.11, and there is none')
  if (process.env.CI && process.env.CI !== 'false') {
    console.log('interop: 0 passed, 1 failed')
    process.exitCode = 1
  }
}
