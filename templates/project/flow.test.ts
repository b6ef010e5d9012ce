import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Flow } from 'sluice'
import { Count, Judge } from './executors.ts'

test('texts are counted and judged', async () => {
  await using flow = await new Flow({ protocol: 'http' }).add({ uses: Count }).add({ uses: Judge }).start()
  const docs = await flow.post('/count', ['Call me Ishmael.', 'Some years ago, never mind how long precisely'])
  assert.deepEqual(
    docs.map(({ tags }) => tags),
    [
      { words: 3, length: 'short' },
      { words: 8, length: 'long' },
    ],
  )
})
