import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import {
  CallContext,
  DataRequest,
  Document,
  DocumentArray,
  decodeRequest,
  encodeRequest,
  FlowError,
} from '../proto/index.ts'
import type { Context } from './context.ts'
import { endpointsOf, requests } from './endpoints.ts'
import { createExecutor, defineExecutor, Executor, type ExecutorClass } from './executor.ts'
import { loadExecutor } from './load.ts'
import { createRunner, type RunnerOptions } from './runner.ts'

class Sample extends Executor {
  @requests('/upper')
  upper(docs: DocumentArray): void {
    for (const document of docs) document.text = document.text.toUpperCase()
  }

  @requests(['/a', '/b'])
  async both(docs: DocumentArray, { endpoint }: Context): Promise<void> {
    for (const document of docs) document.text = endpoint
  }

  @requests('/longer')
  longer(docs: DocumentArray): DocumentArray {
    return docs.concat(new Document('more'))
  }

  @requests('/object')
  object(docs: DocumentArray): { count: number } {
    return { count: docs.length }
  }

  @requests('/wrong')
  wrong(): never {
    return 42 as never
  }

  @requests('/throw')
  throw(docs: DocumentArray): void {
    for (const document of docs) document.text = 'spoilt'
    throw Object.assign(new Error('early'), { name: 'RuntimeError', args: ['early', 42] })
  }

  @requests('')
  empty(docs: DocumentArray): void {
    docs.push(new Document('from the empty endpoint'))
  }
}

async function run(
  Class: ExecutorClass,
  on: string | undefined,
  request: Partial<{ docs: DocumentArray }> = {},
  options: RunnerOptions = {},
) {
  const executor = await createExecutor(Class)
  const docs = request.docs ?? new DocumentArray([new Document('hello')])
  return createRunner(executor, options)(new DataRequest({ header: { execEndpoint: on }, docs }), new CallContext())
}

describe('an executor', () => {
  it('changes documents in place, sync or async, on each of its endpoints', async () => {
    expect((await run(Sample, '/upper')).docs.texts).toEqual(['HELLO'])
    expect((await run(Sample, '/a')).docs.texts).toEqual(['/a'])
    expect((await run(Sample, '/b')).docs.texts).toEqual(['/b'])
  })

  it('may return other documents, of another length', async () => {
    expect((await run(Sample, '/longer')).docs.texts).toEqual(['hello', 'more'])
  })

  it('may return an object, which is collected under __results__', async () => {
    expect((await run(Sample, '/object')).parameters).toEqual({ __results__: { 'Sample/rep-0': { count: 1 } } })
  })

  it('must not return anything else', async () => {
    const { status, docs } = await run(Sample, '/wrong')
    expect(status).toMatchObject({ code: 1, exception: { name: 'TypeError', executor: 'Sample' } })
    expect(status?.description).toContain('but getting 42')
    expect(docs.texts).toEqual(['hello'])
  })

  it('that throws leaves no trace in the documents, and its error in the status', async () => {
    const { status, docs } = await run(Sample, '/throw')
    expect(docs.texts).toEqual(['hello'])
    expect(status).toEqual({
      code: 1,
      description: "RuntimeError('early', 42)",
      exception: { name: 'RuntimeError', args: ['early', '42'], stacks: [], executor: 'Sample' },
    })
    const exposed = await run(Sample, '/throw', {}, { exposeStacks: true })
    expect(exposed.status?.exception?.stacks.join('')).toContain('runner.test.ts')
  })

  it('answers endpoints that it does not have unchanged, and the dry run', async () => {
    for (const on of ['/nowhere', '_jina_dry_run_', '/UPPER', '/upper/'])
      expect((await run(Sample, on)).docs.texts).toEqual(['hello'])
  })

  it('has the empty endpoint like any other, and runs without documents', async () => {
    const docs = new DocumentArray()
    expect((await run(Sample, '', { docs })).docs.texts).toEqual(['from the empty endpoint'])
    expect((await run(Sample, undefined, { docs })).docs.texts).toEqual(['from the empty endpoint'])
  })

  it('serves with @requests() what nothing else does', async () => {
    class Default extends Executor {
      @requests()
      rest(docs: DocumentArray): void {
        docs.push(new Document('default'))
      }

      @requests
      unused(): void {}
    }
    class Named extends Executor {
      @requests('/x')
      x(): void {}

      @requests
      rest(docs: DocumentArray): void {
        docs.push(new Document('bare'))
      }
    }
    expect(endpointsOf(new Default())).toEqual(['_jina_dry_run_', '/default'])
    expect((await run(Named, '/anything')).docs.texts).toEqual(['hello', 'bare'])
    expect((await run(Named, '/x')).docs.texts).toEqual(['hello'])
  })

  it('inherits endpoints, and may replace their methods or bind them anew', async () => {
    class Child extends Sample {
      override upper(docs: DocumentArray): void {
        for (const document of docs) document.text = 'overridden'
      }

      @requests('/a')
      mine(docs: DocumentArray): void {
        for (const document of docs) document.text = 'rebound'
      }
    }
    expect((await run(Child, '/upper')).docs.texts).toEqual(['overridden'])
    expect((await run(Child, '/a')).docs.texts).toEqual(['rebound'])
    expect((await run(Child, '/b')).docs.texts).toEqual(['/b'])
  })

  it('needs no decorators', async () => {
    const Defined = defineExecutor({
      name: 'Defined',
      requests: { '/up': (docs) => new DocumentArray(docs.texts.map((text) => new Document(`${text}!`))) },
    })
    expect((await run(Defined, '/up')).docs.texts).toEqual(['hello!'])
    expect(Defined.name).toBe('Defined')
  })

  it('that looks at nothing, or only reads, answers with the bytes that came', async () => {
    const Reader = defineExecutor({
      name: 'Reader',
      requests: { '/read': (docs) => void docs.texts, '/skip': () => {} },
    })
    const executor = await createExecutor(Reader)
    const runner = createRunner(executor)
    for (const execEndpoint of ['/read', '/skip']) {
      const request = decodeRequest(
        encodeRequest(
          new DataRequest({
            header: { execEndpoint },
            docs: new DocumentArray([new Document('a'), new Document('b')]),
          }),
        ),
      )
      expect((await runner(request, new CallContext())).dataBytes).toBe(request.dataBytes)
    }
  })

  it('notices documents that were removed, swapped or added', async () => {
    const changes: Record<string, (docs: DocumentArray) => void> = {
      '/pop': (docs) => void docs.pop(),
      '/swap': (docs) => void docs.reverse(),
      '/push': (docs) => void docs.push(new Document('c')),
    }
    const runner = createRunner(await createExecutor(defineExecutor({ name: 'Mover', requests: changes })))
    const texts = async (execEndpoint: string) => {
      const request = decodeRequest(
        encodeRequest(
          new DataRequest({
            header: { execEndpoint },
            docs: new DocumentArray([new Document('a'), new Document('b')]),
          }),
        ),
      )
      return decodeRequest(encodeRequest(await runner(request, new CallContext()))).docs.texts
    }
    expect(await texts('/pop')).toEqual(['a'])
    expect(await texts('/swap')).toEqual(['b', 'a'])
    expect(await texts('/push')).toEqual(['a', 'b', 'c'])
  })

  it('that stops because the caller did rejects', async () => {
    const Waiter = defineExecutor({
      name: 'Waiter',
      requests: {
        '/wait': (_docs, { signal }) =>
          new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
      },
    })
    const call = new CallContext()
    const pending = createRunner(await createExecutor(Waiter))(
      new DataRequest({ header: { execEndpoint: '/wait' } }),
      call,
    )
    call.cancel(new FlowError('DEADLINE_EXCEEDED', 'too late'))
    await expect(pending).rejects.toMatchObject({ codeName: 'DEADLINE_EXCEEDED' })
  })
})

describe('an executor is made', () => {
  class Configured extends Executor<{ limit: number }> {
    static override options = z.strictObject({ limit: z.number().default(5) })
    started = false

    override async init(): Promise<void> {
      this.started = true
    }
  }

  it('with options that its schema accepts, defaults filled in, and started', async () => {
    const executor = (await createExecutor(Configured, { name: 'c', options: {} })) as Configured
    expect([executor.name, executor.options.limit, executor.started]).toEqual(['c', 5, true])
  })

  it('only with such options', async () => {
    await expect(createExecutor(Configured, { name: 'c', options: { limit: 'x', more: 1 } })).rejects.toThrow(
      /options of Configured: .*limit.*more/,
    )
    await expect(createExecutor(Sample, { options: { model: 'x' } })).rejects.toThrow(
      /Sample takes no options, and was given model/,
    )
  })

  it('only if it starts', async () => {
    class Broken extends Executor {
      override init(): never {
        throw new Error('no model')
      }
    }
    await expect(createExecutor(Broken)).rejects.toMatchObject({
      codeName: 'FAILED_PRECONDITION',
      message: /Broken did not start: no model/,
    })
  })
})

describe('uses', () => {
  it('finds a class in a file, the library, or says what is there', async () => {
    const folder = new URL('../tests/interop/jina1/', import.meta.url).pathname
    expect((await loadExecutor('./executors.ts#Upper', folder)).name).toBe('Upper')
    expect((await loadExecutor('PassThrough')).name).toBe('PassThrough')
    await expect(loadExecutor('./executors.ts#Nope', folder)).rejects.toThrow(/no export "Nope".*exports .*Upper/)
    await expect(loadExecutor('./executors.ts', folder)).rejects.toThrow(/no export "default"/)
    await expect(loadExecutor('./missing.ts', folder)).rejects.toThrow(/no file .*missing\.ts/)
    await expect(loadExecutor('NoSuchThing', folder)).rejects.toThrow(
      /neither a package nor in the library \(PassThrough\)/,
    )
  })
})
