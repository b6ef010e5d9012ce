import { resolve } from 'node:path'
import { freePorts, python, root, shared, startServer } from '../peers.ts'
import { run, type Verdict } from '../suite.ts'

/** Cases of BentoML's clients that wait for a feature: they must fail, so that none is forgotten here. */
const pending: Readonly<Record<string, string>> = {
  ...Object.fromEntries(
    [31, 32, 33, 34, 35, 36, 37].map((number) => [number, 'tasks: submit, status, get, cancel, retry']),
  ),
}

/** BentoML's clients against its reference service as we serve it; the three strict cases are left out, as they pin its bytes. */
export async function bentoSuite(cases: number): Promise<Verdict> {
  const port = await freePorts(1)
  await using _server = await startServer(resolve(root, 'tests/interop/bento/serve'), ['--port', String(port)])
  const suite = [resolve(shared, 'interop/bento/bento_client_suite.py'), '--url', `http://127.0.0.1:${port}`]
  const { output, errors } = await run(python('bento'), suite)
  const judged = [...output.matchAll(/^(PASS|FAIL|SKIP) {2}(\d+) .*$/gm)].map(([line, how, number = '']) => ({
    line,
    how,
    number,
  }))
  const passed = judged.filter(({ how }) => how === 'PASS')
  const arrived = passed.filter(({ number }) => pending[number])
  const wrong = judged.filter(
    ({ how, number, line }) => (how === 'FAIL' && !pending[number]) || (how === 'SKIP' && !line.includes('STRICT')),
  )
  for (const { line } of wrong) console.log(line)
  for (const [number, why] of Object.entries(pending)) console.log(`PENDING ${number}: ${why}`)
  const missing = cases - passed.length - Object.keys(pending).length
  const failed = wrong.length + arrived.length + Math.abs(missing)
  if (failed === 0) return { passed: passed.length, failed }
  const early = arrived.map(({ number }) => `${number} passes and is pending no more; `).join('')
  return { passed: passed.length, failed, problem: `${early}expected ${cases} cases:\n${errors.slice(-3000)}` }
}
