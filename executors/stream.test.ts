import { describe, expect, it } from 'vitest'
import { CallContext, DataRequest, Document, DocumentArray, FlowError } from '../proto/index.ts'
import type { Context } from './context.ts'
import type { EndpointStream } from './endpoints.ts'
import { requests } from './endpoints.ts'
import { createExecutor, Executor } from './executor.ts'
import { createRunner } from './runner.ts'

const log: string[] = []

class Streamer extends Executor {
  @requests('/words')
  async *words(docs: DocumentArray): EndpointStream {
    for (const document of docs) for (const word of document.text.split(' ')) yield new Document(word)
    return { count: docs.length }
  }

  @requests('/sync')
  *sync(docs: DocumentArray): EndpointStream {
    yield docs
    yield [new Document('x'), new Document('y')]
  }

  @requests('/same')
  async *same(): EndpointStream {
    const document = new Document()
    for (const word of ['a', 'b']) {
      document.text += word
      yield document
    }
  }

  @requests('/breaks')
  async *breaks(): EndpointStream {
    yield new Document('first')
    throw new RangeError('no more')
  }

  @requests('/wrong')
  async *wrong(): EndpointStream {
    yield 'text' as never
  }

  @requests('/wrong-return')
  async *wrongReturn(docs: DocumentArray): EndpointStream {
    yield docs
    return 7 as never
  }

  @requests('/endless')
  async *endless(_docs: DocumentArray, { signal }: Context): EndpointStream {
    try {
      for (let i = 0; ; i++) yield new Document(`${i}`)
    } finally {
      log.push(`ended, aborted ${signal.aborted}`)
    }
  }

  @requests('/none')
  async *none(): EndpointStream {
    yield []
  }
}

async function run(on: string, emit?: (part: DataRequest) => Promise<void>, call = new CallContext({ emit })) {
  const docs = new DocumentArray([new Document('the white whale')])
  const request = new DataRequest({ header: { execEndpoint: on }, docs, parameters: { a: 1 } })
  return createRunner(await createExecutor(Streamer))(request, call)
}

/** What a caller who asks for parts gets: their texts, and the answer. */
async function parts(on: string) {
  const texts: string[][] = []
  const answer = await run(on, async (part) => {
    texts.push(part.docs.texts)
  })
  return { texts, answer }
}

describe('an endpoint that is a generator', () => {
  it('gives each item as a part to a caller who asked for parts, and then an answer without documents', async () => {
    const { texts, answer } = await parts('/words')
    expect(texts).toEqual([['the'], ['white'], ['whale']])
    expect([answer.hasDocs, answer.docs.texts]).toEqual([true, []])
    expect(answer.parameters).toEqual({ a: 1, __results__: { 'Streamer/rep-0': { count: 1 } } })
  })

  it('gives all documents in one answer to others', async () => {
    const answer = await run('/words')
    expect(answer.docs.texts).toEqual(['the', 'white', 'whale'])
    expect(answer.parameters.__results__).toEqual({ 'Streamer/rep-0': { count: 1 } })
  })

  it('may be a plain generator, and yield several documents at once', async () => {
    expect((await parts('/sync')).texts).toEqual([['the white whale'], ['x', 'y']])
    expect((await run('/sync')).docs.texts).toEqual(['the white whale', 'x', 'y'])
  })

  it('may go on with a document that it gave away', async () => {
    expect((await parts('/same')).texts).toEqual([['a'], ['ab']])
    expect((await run('/same')).docs.texts).toEqual(['a', 'ab'])
  })

  it('may give nothing', async () => {
    expect((await parts('/none')).texts).toEqual([[]])
    expect((await run('/none')).docs.texts).toEqual([])
  })

  it('is asked for the next item when the last one has been taken', async () => {
    const order: string[] = []
    await run('/words', async (part) => {
      order.push(`${part.docs.texts}`)
      await new Promise((resolve) => setTimeout(resolve, 5))
      order.push('taken')
    })
    expect(order).toEqual(['the', 'taken', 'white', 'taken', 'whale', 'taken'])
  })

  it('that throws after some items resolves with the status', async () => {
    for (const { texts, answer } of [await parts('/breaks'), { texts: [['first']], answer: await run('/breaks') }]) {
      expect(texts).toEqual([['first']])
      expect(answer.status).toMatchObject({ code: 1, exception: { name: 'RangeError', args: ['no more'] } })
      expect(answer.docs.texts).toEqual(['the white whale'])
    }
  })

  it('must yield documents, and return an object', async () => {
    expect((await run('/wrong')).status?.description).toMatch(/yields a Document/)
    expect((await run('/wrong-return')).status?.description).toMatch(/not 7/)
  })

  it('ends, finally blocks and all, when a part cannot be delivered; that is no failure of the executor', async () => {
    log.length = 0
    const refuse = async () => {
      throw new FlowError('UNAVAILABLE', 'the way is blocked')
    }
    await expect(run('/endless', refuse)).rejects.toMatchObject({ codeName: 'UNAVAILABLE' })
    expect(log).toEqual(['ended, aborted false'])
  })
})
