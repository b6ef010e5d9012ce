import { describe, expect, it } from 'vitest'
import type { Document } from '../document.ts'
import { FlowError } from '../flow-error.ts'
import type { NdArray } from '../nd-array.ts'
import { decodeJsonAnswer, documentFromJson, documentsFromJson } from './json.ts'
import { documentText } from './json-write.ts'

const invalid = expect.objectContaining({ codeName: 'INVALID_ARGUMENT' })
const typeOf = (text: string) => (documentFromJson(`{"tensor": ${text}}`).tensor as NdArray).dtype
const numbersOf = (text: string) => documentFromJson(`{"tensor": ${text}}`).tensor?.toNested()

describe('a document of JSON', () => {
  it('has a tensor of floats where one of its numbers is written as one', () => {
    expect(
      ['[1, 2]', '[1, 2.0]', '[1e0]', '[1, null]', '[true]', '[]', '[[1.0], [2]]', '3', '3.5'].map(typeOf),
    ).toEqual(['i8', 'f8', 'f8', 'f8', 'b1', 'f8', 'f8', 'i8', 'f8'])
  })

  it('keeps whole floats beside keys that come twice, keys of JavaScript, and depths nobody reads', () => {
    const twice = '{"tensor": [1.0], "tags": {"a": 1, "a": 2.0, "__proto__": {"z": 1.0}}}'
    const { tags, tensor } = documentFromJson(twice)
    expect([Object.entries(tags), (tensor as NdArray).dtype]).toEqual([
      [
        ['a', 2],
        ['__proto__', { z: 1 }],
      ],
      'f8',
    ])
    const deep = `{"tensor": [1.0], "unknown": ${'['.repeat(20_000)}${']'.repeat(20_000)}}`
    expect(documentFromJson(deep).tensor?.toNested()).toEqual([1])
  })

  it('takes tensors as base64 of their bytes', () => {
    const text = '{"buffer": "AACAPwAAAEA=", "shape": [2.0], "dtype": "<f4"}'
    expect([typeOf(text), numbersOf(text)]).toEqual(['f4', [1, 2]])
    expect(documentsFromJson(`[{"tensor": ${text}}, {"tensor": [1.0]}]`)[0]?.tensor?.toNested()).toEqual([1, 2])
  })

  it.each<[string, string]>([
    ['ragged lists', '[[1], [1, 2]]'],
    ['texts among numbers', '[1, "2"]'],
    ['lists deeper than any tensor', `${'['.repeat(5000)}${']'.repeat(5000)}`],
    ['bytes that do not fit', '{"buffer": "AACAPw==", "shape": [2], "dtype": "<f4"}'],
    ['a shape without bytes', '{"buffer": "", "shape": [13000000], "dtype": "<f4"}'],
    ['empty lists without end', '{"buffer": "", "shape": [1000000000, 0], "dtype": "<f4"}'],
    ['negative lengths', '{"buffer": "AAAAAAAAAAA=", "shape": [-1, -2], "dtype": "<f4"}'],
    ['a type that is no number', '{"buffer": "AAAA", "shape": [1], "dtype": "O"}'],
    ['no base64', '{"buffer": "!", "shape": [1], "dtype": "|u1"}'],
  ])('refuses a tensor of %s', (_, tensor) => {
    expect(() => documentFromJson(`{"tensor": ${tensor}}`)).toThrow(invalid)
  })

  it('names every wrong field', () => {
    const wrong = '[{"text": [], "tags": 1, "chunks": [{"weight": "x"}]}, 5]'
    expect(() => documentsFromJson(wrong)).toThrow(
      /0\.text: str type.*0\.tags: value is not a valid dict.*0\.chunks\.0\.weight: value is not a valid float.*1: value/s,
    )
  })

  it.each(['', 'nope', '{"text": "a"}, {"text": "b"}', '{"text": "a"}]'])('is one document, unlike %j', (text) => {
    expect(() => documentFromJson(text)).toThrow(invalid)
  })

  it.each(['chunks', 'matches'])('is nested no deeper than the limit by its %s', (key) => {
    const nested = (levels: number) => `${`{"${key}": [`.repeat(levels)}{}${']}'.repeat(levels)}`
    expect(() => documentFromJson(nested(100))).not.toThrow()
    expect(() => documentFromJson(nested(5000))).toThrow(invalid)
  })

  it('is deep in its tags no deeper than the limit', () => {
    expect(() => documentFromJson(`{"tags": {"a": ${'['.repeat(5000)}${']'.repeat(5000)}}}`)).toThrow(invalid)
  })

  it('has keys that are keys and nothing else', () => {
    const text =
      '{"__proto__": {"text": "x"}, "tags": {"__proto__": {"polluted": true}}, "scores": {"__proto__": {"value": 1}}}'
    const document = documentFromJson(text)
    expect([document.text, ({} as { polluted?: boolean }).polluted]).toEqual(['', undefined])
    expect([Object.keys(document.tags), Object.keys(document.scores)]).toEqual([['__proto__'], ['__proto__']])
    expect(documentText(document)).toContain('"tags":{"__proto__":{"polluted":true}}')
  })

  it('says null for what JSON cannot say', () => {
    const document = documentFromJson('{"id": "d", "embedding": [null, 1.5], "weight": 0, "tags": {}}')
    const written = JSON.parse(documentText(document)) as Record<string, unknown>
    expect([written.embedding, written.weight, written.tags, written.text]).toEqual([[null, 1.5], null, null, null])
    expect('_metadata' in written).toBe(false)
  })
})

describe('an answer of JSON', () => {
  it('may be in either spelling', () => {
    const camel = decodeJsonAnswer(
      '{"header": {"requestId": "r", "execEndpoint": "/x"}, "routes": [{"executor": "a", "startTime": "2026-11-24T13:00:00.123456Z"}], "data": [{"text": "a", "embedding": [1.0]}]}',
    )
    const snake = decodeJsonAnswer(
      '{"header": {"request_id": "r", "exec_endpoint": "/x"}, "routes": [{"executor": "a", "start_time": "2026-11-24T13:00:00.123456+00:00"}], "data": [{"text": "a", "embedding": [1.0]}]}',
    )
    for (const { header, routes, docs } of [camel, snake]) {
      expect([header.requestId, header.execEndpoint, docs.texts]).toEqual(['r', '/x', ['a']])
      expect(routes[0]?.startTime).toBe(Date.parse('2026-11-24T13:00:00.123Z') + 0.456)
      expect(((docs[0] as Document).embedding as NdArray).dtype).toBe('f8')
    }
  })

  it.each(['', 'nope', '[]', 'null', '{}', '{"header": 5}', '{"header": {}, "data": [5]}'])('is not %j', (text) => {
    expect(() => decodeJsonAnswer(text)).toThrow(FlowError)
    expect(() => decodeJsonAnswer(text)).toThrow(invalid)
  })
})
