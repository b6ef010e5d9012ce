import { readdirSync, readFileSync } from 'node:fs'
import autocannon from 'autocannon'

/** What one slice of load measured. */
export interface Slice {
  readonly perSecond: number
  readonly p99Ms: number
  /** Requests that a second of the server's processor answers. */
  readonly perCpuSecond: number
}

/** A server under load. */
export interface Target {
  readonly url: string
  /** Of its first process; those that it started count too. */
  readonly pid: number
}

export interface Load {
  readonly path: string
  readonly body: string
  readonly connections: number
  readonly seconds: number
  /** Requests a second; as many as go unless said. */
  readonly rate?: number
}

/** @throws where a request is not answered with 200: what fails fast is not fast */
export async function load({ url, pid }: Target, { path, body, connections, seconds, rate }: Load): Promise<Slice> {
  const before = cpuSeconds(pid)
  const result = await autocannon({
    url: url + path,
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    ...{ body, connections, duration: seconds },
    ...(rate !== undefined && { overallRate: rate }),
  })
  const { errors, timeouts, non2xx, requests, latency, duration } = result
  if (errors + timeouts + non2xx > 0 || requests.total === 0) {
    throw new Error(
      `${url}${path}: ${errors} errors, ${timeouts} timeouts, ${non2xx} refusals, ${requests.total} requests`,
    )
  }
  return {
    perSecond: requests.total / duration,
    p99Ms: latency.p99,
    perCpuSecond: requests.total / (cpuSeconds(pid) - before),
  }
}

/** What a process and all that it started have taken of processors. */
export function cpuSeconds(pid: number): number {
  const stats = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => statOf(name) ?? [])
  const family = new Set([pid])
  for (let size = 0; size < family.size; ) {
    size = family.size
    for (const { pid, parent } of stats) if (family.has(parent)) family.add(pid)
  }
  return stats.filter(({ pid }) => family.has(pid)).reduce((sum, { ticks }) => sum + ticks, 0) / 100
}

function statOf(pid: string): { pid: number; parent: number; ticks: number } | undefined {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ')
    return { pid: Number(pid), parent: Number(fields[1]), ticks: Number(fields[11]) + Number(fields[12]) }
  } catch {
    return undefined
  }
}
