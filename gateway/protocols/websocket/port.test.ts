import { afterEach, describe, expect, it } from 'vitest'
import { defineExecutor } from '../../../executors/index.ts'
import { jina } from '../../../proto/gen/messages.js'
import { type Served, startGateway } from '../../../tests/e2e/peers/gateway.ts'
import { type PeerOptions, WebSocketPeer } from '../../../tests/e2e/peers/websocket.ts'
import type { GatewayOptions } from '../../index.ts'

const Sample = defineExecutor({ name: 'Sample', requests: { '/echo': () => {} } })

let served: Served
let peers: WebSocketPeer[] = []
afterEach(async () => {
  for (const { socket } of peers) socket.terminate()
  peers = []
  await served.close()
})

async function serve(options: GatewayOptions = {}): Promise<void> {
  served = await startGateway({ protocol: 'websocket', ...options }, Sample)
}

async function open(options?: PeerOptions): Promise<WebSocketPeer> {
  const peer = await WebSocketPeer.open(served.port, options)
  peers.push(peer)
  return peer
}

const bytes = { protocols: ['bytes'] }
const ask = { data: [{ text: 'a' }], execEndpoint: '/echo' }

describe('the port of WebSocket', () => {
  it('answers a dry run in both modes, and closes', async () => {
    await serve()
    const json = await open({ path: '/dry_run' })
    const binary = await open({ path: '/dry_run', ...bytes })
    for (const peer of [json, binary]) expect(await peer.closed).toMatchObject({ code: 1000 })
    expect(json.json).toEqual([{}])
    expect(jina.StatusProto.decode(binary.messages[0] as Buffer).code).toBe(0)
  })

  it('says by HTTP whether it is up, and takes no documents there', async () => {
    await serve()
    const url = `http://127.0.0.1:${served.port}`
    for (const path of ['/', '/status', '/dry_run']) expect((await fetch(url + path)).status).toBe(200)
    for (const path of ['/post', '/index', '/search', '/docs', '/openapi.json', '/graphql'])
      expect((await fetch(url + path, { method: 'POST', body: '{}' })).status).toBe(404)
  })

  it('may be shared with HTTP and GraphQL', async () => {
    await serve({ protocol: ['websocket', 'http', 'graphql'] })
    const url = `http://127.0.0.1:${served.port}`
    const post = (path: string, body: object) =>
      fetch(url + path, {
        method: 'POST',
        body: JSON.stringify(body),
        headers: { 'content-type': 'application/json' },
      })
    expect((await post('/post', ask)).status).toBe(200)
    expect((await post('/graphql', { query: '{ docs { id } }' })).status).toBe(200)
    await (await open()).send(ask).received(1)
  })

  it('refuses other paths, and what is no path', async () => {
    await serve()
    for (const path of ['/post', '/dry_run/x', '/graphql', '//', '//[', '/%'])
      await expect(open({ path }), path).rejects.toThrow(/404/)
    await (await open({ path: '/?x=1' })).send(ask).received(1)
  })
})
