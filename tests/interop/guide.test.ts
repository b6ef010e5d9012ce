import { execFileSync } from 'node:child_process'
import { resolve } from 'node:path'
import { expect, it } from 'vitest'
import { blocksOf } from '../docs/blocks.ts'
import { sluice } from '../sluice.ts'
import { freePorts, jinaEnv, python, root } from './peers.ts'

it("serves a flow of Jina's as the guide shows", { timeout: 180_000 }, async () => {
  const [served, flow] = blocksOf('docs/guide.md').filter(({ text }) => /--port 50052\n$|external=True/.test(text))
  const port = String(await freePorts(1))
  const here = (text = '') => text.replaceAll('50052', port)
  const args = here(served?.text).trim().split(' ').slice(2)
  const executor = sluice(args, { cwd: resolve(root, 'examples/distributed') })
  await executor.until(/READY words/)
  const output = execFileSync(python('jina1'), ['-c', here(flow?.text)], {
    env: { ...process.env, ...jinaEnv },
    encoding: 'utf8',
  })
  const [, promised] = /print\(.*\) {2}# (.*)$/m.exec(flow?.text ?? '') ?? []
  // what Jina says of itself stands before
  expect(output.trim().split('\n').at(-1)).toBe(promised)
  executor.kill('SIGTERM')
  expect(await executor.ended, executor.out.stderr).toBe(0)
})
