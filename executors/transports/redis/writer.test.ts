import { EventEmitter } from 'node:events'
import { expect, it } from 'vitest'
import type { ScriptedRedis } from './scripts.ts'
import { Writer } from './writer.ts'

function writer(status: string) {
  const redis = Object.assign(new EventEmitter(), { status })
  return { redis, writer: new Writer(redis as unknown as ScriptedRedis) }
}

const never = () => new Promise(() => {})

it('says that it is done, or that the connection was cut before', async () => {
  const { redis, writer: made } = writer('ready')
  expect(await made.untilCut(async () => 1)).toBe(true)
  const cut = [made.untilCut(never), made.untilCut(never)]
  redis.emit('close')
  expect(await Promise.all(cut)).toEqual([false, false])
  await expect(made.untilCut(() => Promise.reject(new Error('full')))).rejects.toThrow('full')
})

it('asks when it is connected', async () => {
  const { redis, writer: made } = writer('reconnecting')
  let asked = 0
  const done = made.untilCut(async () => asked++)
  redis.emit('close')
  await new Promise((resolve) => setImmediate(resolve))
  expect(asked).toBe(0)
  redis.status = 'ready'
  redis.emit('ready')
  expect([await done, asked]).toEqual([true, 1])
})
