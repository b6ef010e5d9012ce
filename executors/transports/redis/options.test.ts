import { describe, expect, it } from 'vitest'
import { compileRedisOptions } from './options.ts'

const clientOf = (url: string) => compileRedisOptions({ url }).client

describe('the address of a Redis', () => {
  it('says host, port, database, user and password', () => {
    expect(clientOf('redis://ann:secret@store.example:6380/3')).toEqual({
      host: 'store.example',
      port: 6380,
      username: 'ann',
      password: 'secret',
      db: 3,
    })
    expect(clientOf('redis://:p%40ss%2Fword@h')).toEqual({ host: 'h', port: 6379, password: 'p@ss/word' })
    expect(clientOf('redis://[::1]:6380/')).toEqual({ host: '::1', port: 6380 })
  })

  it('asks for TLS by rediss', () => {
    expect(clientOf('rediss://h')).toEqual({ host: 'h', port: 6379, tls: {} })
  })

  it('names a prefix, unless an option does', () => {
    const url = 'redis://h?prefix=mine'
    expect(compileRedisOptions({ url: 'redis://h' }).prefix).toBe('sluice')
    expect(compileRedisOptions({ url }).prefix).toBe('mine')
    expect(compileRedisOptions({ url, prefix: 'ours' }).prefix).toBe('ours')
  })

  it('is shown without the password', () => {
    expect(compileRedisOptions({ url: 'redis://ann:secret@h:1/2' }).shown).toBe('redis://h:1/2')
    const refusal = () => compileRedisOptions({ url: 'http://ann:secret@h' })
    expect(refusal).toThrow('"http://ann:…@h" is no address of a Redis')
  })

  it.each(['http://h', 'h:6379', '', 'redis://h/nine', 'redis://h/1/2', 'redis://h:99999'])('is not %j', (url) => {
    expect(() => compileRedisOptions({ url })).toThrow(/is no address of a Redis.*redis:\/\/user:password@host:6379\/0/)
  })
})
