import { spawn } from 'node:child_process'
import { resolve } from 'node:path'
import { expect } from 'vitest'
import { connect, type Submittable } from '../../../client/index.ts'
import { testServices } from '../../../client/typed/service.conformance.ts'
import { endWithUs, freePorts, jinaEnv, python, shared } from '../peers.ts'

/** A service of ../shared/interop/bento/services on the real BentoML. */
async function serve(service: string): Promise<{ url: string; stop(): Promise<void> }> {
  const port = await freePorts(1)
  const venv = resolve(python('bento'), '../..')
  const args = [venv, service, String(port)]
  const child = spawn(resolve(shared, 'interop/bento/serve'), args, {
    env: { ...process.env, ...jinaEnv },
    stdio: 'ignore',
    // its workers are children of its own
    detached: true,
  })
  const signal = (name: NodeJS.Signals) => {
    try {
      process.kill(-(child.pid as number), name)
    } catch {}
  }
  endWithUs(child, () => signal('SIGTERM'))
  const url = `http://127.0.0.1:${port}`
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  const stop = async () => {
    signal('SIGTERM')
    const timer = setTimeout(() => signal('SIGKILL'), 10_000)
    await ended
    clearTimeout(timer)
  }
  // the client itself waits for it
  await using waiting = connect(url, { serverReadyTimeoutMs: 110_000, timeoutMs: 110_000 })
  await waiting.describe().catch(async (error) => {
    await stop()
    throw error
  })
  return { url, stop }
}

testServices({
  name: 'services of BentoML',
  async start() {
    const reference = await serve('reference_service:Reference')
    const kitchen = await serve('kitchen:Kitchen')
    return {
      reference: reference.url,
      kitchen: kitchen.url,
      close: async () => {
        await reference.stop()
        await kitchen.stop()
      },
    }
  },
  instead: [
    {
      test: 'throws what a stream failed with after it began',
      reason: 'there, such a stream ends as any other',
      async run({ kitchen }) {
        await using service = connect(kitchen)
        const seen: unknown[] = []
        for await (const item of service.call('stream_fail_mid')) seen.push(item)
        expect(seen).toEqual(['a'])
      },
    },
    {
      test: 'cancels a task',
      reason: 'there, a server of one machine cancels none',
      async run({ kitchen }) {
        await using service = connect<{ job: Submittable<[{ n: number }]> }>(kitchen)
        const task = await service.job.submit({ n: 1 })
        await expect(task.cancel()).rejects.toMatchObject({
          reason: 'task cancellation is not supported in local development server',
        })
      },
    },
  ],
})
