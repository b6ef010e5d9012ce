import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Listener } from '../../../executors/index.ts'
import { Flow, type RunningFlow } from '../../../flows/index.ts'
import { jina } from '../../../proto/gen/messages.js'
import { decodeRequest, silent } from '../../../proto/index.ts'
import { expected } from './deviations.ts'
import { serveUpper } from './executor.ts'
import { requestJson, steady } from './meaning.ts'
import { type RecordedCall, recordedCalls } from './recordings.ts'
import { callGrpc } from './wire.ts'

// What a real gateway said to an executor, and to the gateway of a flow that it took for one, is said to ours.

let executor: Listener
let flow: RunningFlow
beforeAll(async () => {
  executor = await serveUpper()
  // the recorded one: a node "executor" that calls itself "upper"
  flow = await new Flow({ protocol: 'grpc', host: '127.0.0.1', logger: silent })
    .add({ name: 'executor', external: true, host: executor.address })
    .start()
})
afterAll(async () => {
  await flow?.close()
  await executor?.close()
})

const portOf = {
  'grpc-gateway-executor': () => Number(executor.address.split(':').at(-1)),
  'grpc-gateway-external-gateway': () => flow.port,
}

describe.each(Object.entries(portOf))('recorded hops are answered as recorded: %s', (folder, port) => {
  it.each(recordedCalls(folder))('$name', async (recorded) => {
    const { name, method, metadata, code, trailers, messages } = recorded
    const sent = messages.filter(({ dir }) => dir === 'c2s').map(({ bytes }) => bytes)
    const ours = await callGrpc({ port: port(), method, metadata, messages: sent })
    const recordedMeanings = received(recorded).map(({ bytes }) => meaningOf(recorded, bytes))
    expect(ours.answers.map((bytes) => meaningOf(recorded, bytes))).toEqual(
      recordedMeanings.map((meaning) => expected(`${folder}/${name}`, meaning)),
    )
    expect([ours.code, ours.trailers]).toEqual([code, trailers])
  })
})

const received = ({ messages }: RecordedCall) => messages.filter(({ dir }) => dir === 's2c')

/** What an answer says, in a form in which the order of names means nothing, and the machine is left out. */
function meaningOf(recorded: RecordedCall, bytes: Buffer): unknown {
  const type = received(recorded)[0]?.type
  if (type === 'jina.DataRequestProto') return steady(requestJson(decodeRequest(bytes)))
  if (type === 'jina.EndpointsProto') return jina.EndpointsProto.decode(bytes).endpoints?.sort()
  if (type === 'jina.JinaInfoProto') return jina.JinaInfoProto.decode(bytes).jina?.jina
  if (type?.startsWith('grpc.reflection')) return (bytes.toString('latin1').match(/(jina|grpc)\.[\w.]+/g) ?? []).sort()
  return bytes.toString('hex')
}
