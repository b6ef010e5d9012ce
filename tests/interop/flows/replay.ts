import { resolve } from 'node:path'
import { shared } from '../peers.ts'
import { readRecordings } from './recordings.ts'
import { replayFlow } from './run.ts'

// replay [DIR]: prints `PASS flow/request`, with `(row N)` where a row of docs/deviations.md says what is promised in the place of what was
// recorded, or `FAIL flow/request: why`; in the end `N passed, M failed`.

const AT_ONCE = 8

const [folder = resolve(shared, 'interop/flows/recorded')] = process.argv.slice(2)
const flows = readRecordings(folder)
const lines: string[][] = []
let next = 0
const work = async () => {
  for (let i = next++; i < flows.length; i = next++) lines[i] = await replayFlow(flows[i] as (typeof flows)[number])
}
await Promise.all(Array.from({ length: AT_ONCE }, work))

for (const line of lines.flat()) console.log(line)
const failed = lines.flat().filter((line) => line.startsWith('FAIL')).length
console.log(`${lines.flat().length - failed} passed, ${failed} failed`)
process.exitCode = failed > 0 ? 1 : 0
