// What must happen as one in Redis, each on the hash of one task. Times are Redis's own: the clocks of machines differ.

const nowMs = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)`

/** KEYS task; ARGV lifetime in ms, then fields and values. */
export const addTask = `${nowMs}
redis.call('HSET', KEYS[1], 'state', 'in_progress', 'created', now, unpack(ARGV, 2))
redis.call('PEXPIRE', KEYS[1], ARGV[1])`

/** A gateway begins a task: how many did before, or false where it has ended. KEYS task; ARGV lifetime in ms. */
export const beginTask = `
if redis.call('HGET', KEYS[1], 'state') ~= 'in_progress' then return false end${nowMs}
redis.call('HSETNX', KEYS[1], 'executed', now)
redis.call('PEXPIRE', KEYS[1], ARGV[1])
return redis.call('HINCRBY', KEYS[1], 'begun', 1) - 1`

/** A gateway that closes leaves a task to others: that counts as no loss. KEYS task. */
export const leaveTask = `
if redis.call('HGET', KEYS[1], 'state') == 'in_progress' then redis.call('HINCRBY', KEYS[1], 'begun', -1) end`

/** The first who ends a task says how. KEYS task; ARGV how long it can be asked for in ms, then fields and values. */
export const endTask = `
if redis.call('HGET', KEYS[1], 'state') ~= 'in_progress' then return 0 end
redis.call('HSET', KEYS[1], unpack(ARGV, 2))
redis.call('PEXPIRE', KEYS[1], ARGV[1])
return 1`

/** KEYS task; ARGV what it says of itself. */
export const tellProgress = `
if redis.call('HGET', KEYS[1], 'state') == 'in_progress' then redis.call('HSET', KEYS[1], 'progress', ARGV[1]) end`
