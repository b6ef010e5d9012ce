import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Client, type ClientProtocolName } from '../../../client/index.ts'
import { freePorts, jinaEnv, python, type Server, shared, startServer } from '../peers.ts'
import { calls } from './client/calls.ts'
import { documents } from './client/documents.ts'
import { errors } from './client/errors.ts'
import { parameters } from './client/parameters.ts'
import { Peer } from './client/peer.ts'
import { posts } from './client/posts.ts'
import { tensors } from './client/tensors.ts'

// Our client against the real Jina's reference flow: upper → embed → fail.

const protocols: { protocol: ClientProtocolName }[] = [
  { protocol: 'grpc' },
  { protocol: 'http' },
  { protocol: 'websocket' },
]

describe.each(protocols)('our client speaks $protocol with a real Jina', ({ protocol }) => {
  const peer = new Peer(protocol)
  let jina: Server

  beforeAll(async () => {
    const port = await freePorts(4)
    const script = `${shared}/interop/jina1/reference_flow.py`
    const args = ['--port', `${port}`, '--protocol', protocol, '--executor-base-port', `${port + 1}`]
    jina = await startServer(python('jina1'), [script, ...args], { env: jinaEnv })
    peer.client = new Client({ host: '127.0.0.1', port, protocol })
  }, 180_000)
  afterAll(async () => {
    try {
      await peer.client?.close()
    } finally {
      await jina?.stop()
    }
  })

  for (const suite of [documents, tensors, posts, parameters, errors, calls]) suite(peer)
})

describe.each(protocols)('our client over $protocol, where nobody answers', ({ protocol }) => {
  let client: Client

  beforeAll(async () => {
    client = new Client({ host: '127.0.0.1', port: await freePorts(1), protocol })
  })
  afterAll(() => client.close())

  it('rejects, whether to continue or not', async () => {
    const unavailable = { codeName: 'UNAVAILABLE' }
    await expect(client.post('/index', 'x')).rejects.toMatchObject(unavailable)
    await expect(client.post('/index', 'x', { continueOnError: true })).rejects.toMatchObject(unavailable)
  })

  it('calls onError and onAlways with the request as sent', async () => {
    const log: unknown[] = []
    await client.post('/index', 'x', {
      onError: (request, error) => void log.push([request.docs.texts, error.codeName]),
      onAlways: (request) => void log.push([request.status?.code]),
    })
    expect(log).toEqual([[['x'], 'UNAVAILABLE'], [1]])
  })

  it('is not ready', async () => {
    expect(await client.isFlowReady()).toBe(false)
  })
})
