import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import type { Target } from './targets.ts'

const run = promisify(execFile)

/** What one slice of load measured. */
export interface Slice {
  readonly reqPerSecond: number
  readonly p50Ms: number
  readonly p99Ms: number
  /** CPU of the server's processes per request; NaN where nothing was answered. Unit: µs. */
  readonly cpuUs: number
  readonly errors: number
}

/** Requests in flight for each workload. */
export const concurrency: Record<string, number> = { w1: 32, w2: 8, w3: 4 }

/**
 * Loads the targets in turns (A B C, C B A, …), so that other work on the machine hits all of them, after each has run
 * unmeasured for its compilers to settle.
 */
export async function measure(
  generator: string,
  protocol: string,
  workload: string,
  targets: readonly Target[],
  { rounds, seconds }: { rounds: number; seconds: number },
): Promise<Map<string, Slice[]>> {
  const slices = new Map<string, Slice[]>(targets.map(({ name }) => [name, []]))
  const load = (target: Target, duration: number) => slice(generator, protocol, workload, target, duration)
  for (const target of targets) await load(target, 3)
  for (let round = 0; round < rounds; round++) {
    const order = round % 2 === 0 ? targets : targets.toReversed()
    for (const target of order) slices.get(target.name)?.push(await load(target, seconds))
  }
  return slices
}

async function slice(
  generator: string,
  protocol: string,
  workload: string,
  { url, server }: Target,
  seconds: number,
): Promise<Slice> {
  const inFlight = concurrency[workload] ?? 1
  const args = ['--target', url, '--protocol', protocol, '--workload', workload, '--concurrency', `${inFlight}`]
  const timing = ['--duration', `${seconds}s`, '--warmup', '300ms', '--pids', `${server.pid}`]
  const { stdout } = await run(generator, [...args, ...timing]).catch((error: { stdout: string }) => error)
  const result = JSON.parse(stdout) as {
    req_s: number
    latency_us: { p50: number; p99: number }
    server_cpu_us_per_req?: number
    errors: number
  }
  return {
    reqPerSecond: result.req_s,
    p50Ms: result.latency_us.p50 / 1000,
    p99Ms: result.latency_us.p99 / 1000,
    cpuUs: result.server_cpu_us_per_req ?? Number.NaN,
    errors: result.errors,
  }
}
