import { resolve } from 'node:path'
import { freePorts, python, root, shared, startServer } from '../peers.ts'
import { run, type Verdict } from '../suite.ts'

/**
 * BentoML's clients against its reference service as we serve it; the three strict cases are left out, as they pin its bytes.
 * @param redis - tasks are kept there
 */
export async function bentoSuite(cases: number, redis?: string): Promise<Verdict> {
  const port = await freePorts(1)
  await using _server = await startServer(resolve(root, 'tests/interop/bento/serve'), [
    '--port',
    String(port),
    ...(redis ? ['--redis', redis] : []),
  ])
  const suite = [resolve(shared, 'interop/bento/bento_client_suite.py'), '--url', `http://127.0.0.1:${port}`]
  const { output, errors } = await run(python('bento'), suite)
  const judged = [...output.matchAll(/^(PASS|FAIL|SKIP) {2}\d+ .*$/gm)].map(([line, how]) => ({ line, how }))
  const passed = judged.filter(({ how }) => how === 'PASS')
  const wrong = judged.filter(({ how, line }) => how === 'FAIL' || (how === 'SKIP' && !line.includes('STRICT')))
  for (const { line } of wrong) console.log(line)
  const failed = Math.max(wrong.length, Math.abs(cases - passed.length))
  if (failed === 0) return { passed: passed.length, failed }
  return { passed: passed.length, failed, problem: `expected ${cases} cases:\n${errors.slice(-3000)}` }
}
