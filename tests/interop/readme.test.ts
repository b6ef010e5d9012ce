import { execFileSync } from 'node:child_process'
import { expect, it } from 'vitest'
import { blocksOf } from '../docs/blocks.ts'
import { startDemo } from '../docs/demo.ts'
import { jinaEnv, python } from './peers.ts'

it("answers Jina's own client as the README shows", async () => {
  const demo = await startDemo('18090', '15061')
  const [block] = blocksOf('README.md').filter(({ language }) => language === 'python')
  const output = execFileSync(python('jina1'), ['-c', demo.adapt(block?.text ?? '')], {
    env: { ...process.env, ...jinaEnv },
    encoding: 'utf8',
  })
  expect(output.match(/The Whiteness of The Whale/g)).toHaveLength(3)
  expect(await demo.stop()).toBe(0)
}, 180_000)
