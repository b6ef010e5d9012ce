import { mkdirSync, readFileSync, rmSync } from 'node:fs'
import { resolve } from 'node:path'
import { startRedis } from '../redis.ts'
import { bentoSuite } from './bento/clients.ts'
import { type Certificate, makeCertificate } from './certificate.ts'
import { gatewayCases, protocols } from './jina1/protocols.ts'
import { schemathesisSuite } from './openapi/schemathesis.ts'
import { freePorts, hasPython, python, root, shared, startServer } from './peers.ts'
import { run, type Verdict } from './suite.ts'

/** Only suites whose names have this. */
const [only = ''] = process.argv.slice(2)

const cache = resolve(root, '.cache')

/** How the reference flow is served beside its protocol. */
interface Serving {
  /** Over TLS. */
  readonly certificate?: Certificate
  /** Its executors behind queues. */
  readonly redis?: string
}

/** The real client's suite against our reference flow. */
async function clientSuite(protocol: string, cases: number, { certificate, redis }: Serving = {}): Promise<Verdict> {
  const port = await freePorts(1)
  const address = ['--port', String(port), '--protocol', protocol]
  const proof = certificate ? ['--tls-cert', certificate.cert, '--tls-key', certificate.key] : []
  const trust = certificate ? ['--host', 'localhost', '--tls', '--ca', certificate.cert] : []
  const behind = redis ? ['--redis', redis] : []
  const served = [...address, ...proof, ...behind]
  await using _server = await startServer(resolve(root, 'tests/interop/jina1/serve'), served)
  return await pythonSuite('client_suite.py', [...address, ...trust], cases)
}

/** The real gateway's suite against our executor. */
async function gatewaySuite(): Promise<Verdict> {
  const port = await freePorts(1)
  await using _server = await startServer(resolve(root, 'tests/interop/jina1/serve-executor'), ['--port', `${port}`])
  return await pythonSuite('gateway_suite.py', ['--executor', `127.0.0.1:${port}`, '--idle', '12'], gatewayCases)
}

/** Runs a suite of the real Jina's; all of its cases must run, and pass. */
async function pythonSuite(file: string, args: readonly string[], cases: number): Promise<Verdict> {
  const suite = [resolve(shared, 'interop/jina1', file), ...args]
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

/** Runs one suite and prints its line. */
async function judge(name: string, suite: () => Promise<Verdict>): Promise<void> {
  if (!name.includes(only)) return
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
  await judge('jina1-gateway', gatewaySuite)
  await judge('bento-clients', () => bentoSuite(42))
  await judge('bento-clients-redis', () => bentoSuite(42, redis.url))
  await redis.stop()
  await judge('schemathesis', schemathesisSuite)
  await judge('recordings-and-client', ourTests)
} else {
  console.error('SKIPPED: the interop suites need Python 3.11, and there is none')
  if (process.env.CI && process.env.CI !== 'false') {
    console.log('interop: 0 passed, 1 failed')
    process.exitCode = 1
  }
}
