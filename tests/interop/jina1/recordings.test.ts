import { describe, expect, it } from 'vitest'
import { decode } from '../../../gateway/protocols/http/codec.ts'
import { HttpError } from '../../../gateway/protocols/http-error.ts'
import { type DocumentArray, decodeRequest, encodeRequest } from '../../../proto/index.ts'
import { comparable, documentJson, requestJson } from './meaning.ts'
import { recordedExchanges, recordedMessages } from './recordings.ts'

const folders: readonly [folder: string, requests: number][] = [
  ['grpc-client-gateway', 36],
  ['grpc-gzip', 6],
  ['grpc-gateway-executor', 21],
  ['grpc-gateway-external-gateway', 24],
  ['websocket', 17],
]

describe.each(folders)('recorded messages of %s', (folder, count) => {
  const requests = recordedMessages(folder).filter(({ type }) => type === 'jina.DataRequestProto')

  it('are all there', () => {
    expect(requests).toHaveLength(count)
  })

  it.each(requests)('$name decodes to what was recorded', ({ bytes, decoded }) => {
    expect(comparable(requestJson(decodeRequest(bytes)))).toEqual(comparable(decoded))
  })

  it.each(requests)('$name keeps its meaning when encoded again, read or unread', ({ bytes, decoded }) => {
    const unread = encodeRequest(decodeRequest(bytes))
    const request = decodeRequest(bytes)
    const parameters = request.hasParameters && { parameters: request.ownParameters() }
    const docs = request.hasDocs && { docs: opened(request.ownDocs()) }
    const read = encodeRequest(request.with({ ...parameters, ...docs }))
    for (const again of [unread, read])
      expect(comparable(requestJson(decodeRequest(again)))).toEqual(comparable(decoded))
  })
})

describe('recorded HTTP requests', () => {
  const posts = recordedExchanges('http').filter(({ request }) =>
    /^(POST|PUT|DELETE) /.test(request.toString('latin1', 0, 8)),
  )

  it.each(posts.filter(({ status }) => status === 200))(
    '$name decodes to its documents and parameters',
    ({ request }) => {
      const body = JSON.parse(bodyBytes(request).toString()) as {
        data?: unknown
        parameters?: object
        execEndpoint?: string
        exec_endpoint?: string
      }
      const read = decode(bodyBytes(request), 'application/json')
      const list = Array.isArray(body.data) ? body.data : ((body.data as { docs?: unknown[] } | null)?.docs ?? [])
      expect(read.docs).toHaveLength(list.length)
      for (const [i, document] of read.docs.entries())
        expect(JSON.parse(JSON.stringify(documentJson(document)))).toMatchObject(given(list[i] as object))
      expect(read.parameters).toEqual(body.parameters ?? {})
      expect(read.header.execEndpoint).toBe(body.execEndpoint ?? body.exec_endpoint ?? '/')
    },
  )

  it.each(posts.filter(({ status }) => status === 422))(
    '$name is refused with the recorded words',
    ({ request, headers: _, json }) => {
      const type = /^content-type: (.*)\r$/im.exec(request.toString('latin1'))?.[1]
      const refused = () => decode(bodyBytes(request), type)
      expect(refused).toThrow(HttpError)
      try {
        refused()
      } catch (error) {
        expect({ detail: (error as HttpError).detail }).toEqual(json)
      }
    },
  )
})

// every document with all its fields read and one of them set, so that nothing is left in its bytes
function opened(docs: DocumentArray): DocumentArray {
  for (const document of docs) {
    documentJson(document)
    document.weight = document.weight + 0
  }
  return docs
}

function bodyBytes(raw: Buffer): Buffer {
  return raw.subarray(raw.indexOf('\r\n\r\n') + 4)
}

// what a JSON document says in words that both forms share
function given(json: object): object {
  const { id, text, uri, modality, blob } = json as Record<string, unknown>
  return Object.fromEntries(
    Object.entries({ id, text, uri, modality, blob }).filter(([, value]) => value !== undefined && value !== null),
  )
}
