import type { Redis } from 'ioredis'

// What must happen as one in Redis. Times are Redis's own: the clocks of machines differ.

/**
 * A consumer begins a job: which of its requests are done with, and its frames where they stand in a key of their own; false where they are
 * gone, nobody waits for them, or the job was given to another consumer meanwhile.
 * KEYS done, gateway, lock, payload where there is one; ARGV token.
 */
const claim = `
if redis.call('EXISTS', KEYS[2]) == 0 or redis.call('GET', KEYS[3]) ~= ARGV[1] then return false end
local done = redis.call('SMEMBERS', KEYS[1])
if not KEYS[4] then return {done} end
local frames = redis.call('GET', KEYS[4])
return frames and {done, frames}`

/**
 * A consumer answers, if it still holds the job: one that lost its lease has been replaced. Who has been given parts is noted, and what
 * brings parts comes once, though a connection that is cut makes it be sent again.
 * KEYS lock, done, inbox, gateway, told; ARGV token, lifetime in ms, frames as one value, what requests took in µs, how often the job was lost
 * before, how long to know what is done in ms, how many replies brought parts with this one or 0, how many positions are done, these…, positions
 * that are given parts…
 */
const reply = `
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
local count, done = tonumber(ARGV[7]), tonumber(ARGV[8])
if count > 0 then
  if tonumber(redis.call('HGET', KEYS[5], 'count') or 0) >= count then return 1 end
  redis.call('HSET', KEYS[5], 'count', count)
  for i = 9 + done, #ARGV do redis.call('HSET', KEYS[5], ARGV[i], '') end
  redis.call('PEXPIRE', KEYS[5], ARGV[2])
end
if done > 0 then
  redis.call('SADD', KEYS[2], unpack(ARGV, 9, 8 + done))
  redis.call('PEXPIRE', KEYS[2], ARGV[6])
end
redis.call('XADD', KEYS[3], '*', 'frames', ARGV[3], 'workUs', ARGV[4], 'lost', ARGV[5])
redis.call('PEXPIRE', KEYS[3], ARGV[2])
if redis.call('EXISTS', KEYS[4]) == 0 then return 2 end
return 1`

/** A gateway gives requests of a job up that may not have begun. KEYS done; ARGV lifetime in ms, positions… */
const giveUp = `
redis.call('SADD', KEYS[1], unpack(ARGV, 2))
redis.call('PEXPIRE', KEYS[1], ARGV[1])`

/** A consumer begins a job that was lost before; gives back how many others did since. KEYS begun; ARGV token, lifetime in ms. */
const beginAgain = `
redis.call('SADD', KEYS[1], ARGV[1])
redis.call('PEXPIRE', KEYS[1], ARGV[2])
return redis.call('SCARD', KEYS[1]) - 1`

/**
 * A consumer that still holds a job has done all of it: its frames go. What is done with stays known for a while, in case its gateway
 * adds it once more after a connection was cut. KEYS lock, payload, begun, told, done; ARGV token, how long in ms.
 */
const forget = `
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return end
redis.call('DEL', KEYS[2], KEYS[3], KEYS[4])
redis.call('PEXPIRE', KEYS[5], ARGV[2])`

/** A consumer says that it is there, and hears what time it is, in ms. KEYS consumers; ARGV id, lifetime in ms, what it says of itself. */
const beat = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('HSET', KEYS[1], ARGV[1], cjson.encode({untilMs = now + tonumber(ARGV[2]), about = ARGV[3]}))
redis.call('PEXPIRE', KEYS[1], ARGV[2])
return now`

/** What live consumers say of themselves. KEYS consumers. */
const census = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local alive = {}
local all = redis.call('HGETALL', KEYS[1])
for i = 1, #all, 2 do
  local entry = cjson.decode(all[i + 1])
  if entry.untilMs > now then alive[#alive + 1] = entry.about
  else redis.call('HDEL', KEYS[1], all[i]) end
end
return alive`

/**
 * A gateway says that it is there, and hears whether Redis still is what it was, the epoch, made where there is none, and what time it is,
 * in ms. KEYS gateway, epoch; ARGV lifetime in ms, a new epoch.
 */
const greet = `
redis.call('SET', KEYS[1], '1', 'PX', ARGV[1])
redis.call('SET', KEYS[2], ARGV[2], 'NX')
local time = redis.call('TIME')
return {redis.call('GET', KEYS[2]), time[1] * 1000 + math.floor(time[2] / 1000)}`

export interface Scripts {
  /** The first argument counts the keys. */
  slClaimBuffer(keyCount: number, ...keysAndToken: string[]): Promise<[done: Buffer[], frames?: Buffer] | null>
  slReply(
    lock: string,
    done: string,
    inbox: string,
    gateway: string,
    told: string,
    token: string,
    lifetimeMs: number,
    frames: Buffer,
    workUs: number,
    lost: number,
    keepMs: number,
    count: number,
    doneCount: number,
    ...positions: number[]
  ): Promise<0 | 1 | 2>
  slGiveUp(done: string, lifetimeMs: number, ...positions: number[]): Promise<void>
  slBeginAgain(begun: string, token: string, lifetimeMs: number): Promise<number>
  slForget(
    lock: string,
    payload: string,
    begun: string,
    told: string,
    done: string,
    token: string,
    keepMs: number,
  ): Promise<void>
  slBeat(consumers: string, id: string, lifetimeMs: number, about: string): Promise<number>
  slCensus(consumers: string): Promise<string[]>
  slGreet(gateway: string, epoch: string, lifetimeMs: number, newEpoch: string): Promise<[epoch: string, nowMs: number]>
}

/** A connection that knows the scripts. */
export type ScriptedRedis = Redis & Scripts

export function defineScripts(redis: Redis): ScriptedRedis {
  const scripts = {
    slClaim: [undefined, claim],
    slReply: [5, reply],
    slGiveUp: [1, giveUp],
    slBeginAgain: [1, beginAgain],
    slForget: [5, forget],
    slBeat: [1, beat],
    slCensus: [1, census],
    slGreet: [2, greet],
  } as const
  for (const [name, [numberOfKeys, lua]] of Object.entries(scripts)) {
    redis.defineCommand(name, { lua, ...(numberOfKeys !== undefined && { numberOfKeys }) })
  }
  return redis as ScriptedRedis
}
