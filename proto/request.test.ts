import { describe, expect, it } from 'vitest'
import { decodeRequest, encodeRequest } from './codec/protobuf.ts'
import { Document } from './document.ts'
import { DocumentArray } from './document-array.ts'
import { DataRequest } from './request.ts'

const header = { requestId: 'r', execEndpoint: '/x' }
const made = () =>
  new DataRequest({
    header,
    docs: new DocumentArray([new Document('a'), new Document({ chunks: ['c'] })]),
    parameters: { p: { q: 1 } },
  })
const sent = () => decodeRequest(encodeRequest(made()))

describe('a request', () => {
  it('has an id, no endpoint and no documents unless told', () => {
    const request = new DataRequest()
    expect(request.header.requestId).toMatch(/^[0-9a-f]{32}$/)
    expect([request.header.execEndpoint, request.hasDocs, request.docs.length, request.parameters]).toEqual([
      undefined,
      false,
      0,
      {},
    ])
    expect([request.failed, request.status]).toEqual([false, undefined])
    expect(request.data.docs).toBe(request.docs)
  })

  it('shows itself as Jina does', () => {
    expect(`${made()}`).toBe("DataRequest ('header', 'parameters', 'routes', 'data')")
  })

  it.each([
    ['made here', made],
    ['that came over a wire', sent],
  ])('%s stays as it is, whatever readers do with their own', (_, make) => {
    const request = make()
    const before = encodeRequest(request)
    const docs = request.ownDocs()
    docs.push(new Document('more'))
    for (const document of docs) {
      document.tags.mine = true
      document.chunks.texts = document.chunks.map(() => 'mine')
    }
    const parameters = request.ownParameters()
    ;(parameters.p as { q: number }).q = 2
    expect(encodeRequest(request)).toEqual(before)
  })

  it.each([
    ['made here', made],
    ['that came over a wire', sent],
  ])('%s gives every reader the same ids', (_, make) => {
    const request = make()
    const [first, second] = [request.ownDocs(), request.ownDocs()]
    expect(first.ids).toEqual(second.ids)
    expect(first[1]?.chunks.ids).toEqual(second[1]?.chunks.ids)
    expect(request.docs.ids).toEqual(first.ids)
  })

  it.each([
    ['made here', made],
    ['that came over a wire', sent],
  ])('%s is answered by another that shares what did not change', (_, make) => {
    const request = make()
    const before = encodeRequest(request)
    const docs = new DocumentArray([new Document('answer')])
    const answer = request.with({ docs, header: { ...header, targetExecutor: 't' } })
    expect(answer.docs).toBe(docs)
    expect([answer.header.targetExecutor, answer.parameters]).toEqual(['t', { p: { q: 1 } }])
    expect([request.with({ parameters: { p: 3 } }).docs.texts, request.header.targetExecutor ?? '']).toEqual([
      ['a', ''],
      '',
    ])
    expect(encodeRequest(request)).toEqual(before)
  })

  it('takes the parameters of another', () => {
    const [mine, other] = [sent(), new DataRequest({ parameters: { z: 1 } })]
    expect(mine.sharesParameters(mine.with({ docs: new DocumentArray() }))).toBe(true)
    expect(mine.sharesParameters(other)).toBe(false)
    const mixed = mine.withParametersOf(other)
    expect([mixed.parameters, mixed.docs.texts]).toEqual([{ z: 1 }, ['a', '']])
    const back = other.withParametersOf(mine)
    expect([back.parameters, back.docs.length]).toEqual([{ p: { q: 1 } }, 0])
    expect(mine.withParametersOf(new DataRequest()).parameters).toEqual({})
  })
})

describe('a request that came over a wire', () => {
  it('carries on the bytes of what nobody had in hand', () => {
    const request = sent()
    const { dataBytes, parameterBytes } = request
    void [request.ownDocs().texts, request.ownParameters(), request.with({ header })]
    expect(request.dataBytes).toBe(dataBytes)
    expect(request.parameterBytes).toBe(parameterBytes)
    expect(request.with({ header }).dataBytes).toBe(dataBytes)
    void request.docs
    expect([request.dataBytes, request.parameterBytes]).toEqual([undefined, parameterBytes])
    void request.parameters
    expect(request.parameterBytes).toBeUndefined()
  })

  it('tells an empty list of documents from none', () => {
    const empty = decodeRequest(encodeRequest(new DataRequest({ docs: new DocumentArray() })))
    expect([empty.hasDocs, empty.docs.length]).toEqual([true, 0])
    expect(decodeRequest(encodeRequest(new DataRequest())).hasDocs).toBe(false)
  })
})
