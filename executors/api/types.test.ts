import { describe, expect, expectTypeOf, it } from 'vitest'
import { z } from 'zod'
import type { ExecutorMember } from '../../proto/index.ts'
import { createExecutor } from '../executor.ts'
import {
  api,
  apisOf,
  type CallArguments,
  defineExecutor,
  Executor,
  file,
  fromSample,
  NdArray,
  ndarray,
  root,
} from '../index.ts'
import type { StandardSchema } from '../options.ts'
import { createRunner } from '../runner.ts'
import { callApi } from './handle.ts'

describe('the types of a typed endpoint', () => {
  it('do not let a method compile whose arguments or result are others', () => {
    class Sample extends Executor {
      @api({ input: { a: z.int(), b: z.int().default(0), c: z.string().optional() }, output: z.int() })
      right({ a, b, c }: { a: number; b: number; c?: string | undefined }) {
        return a + b + (c?.length ?? 0)
      }

      // @ts-expect-error: a is a number
      @api({ input: { a: z.int() } })
      argument({ a }: { a: string }) {
        return a
      }

      // @ts-expect-error: there is no b
      @api({ input: { a: z.int() } })
      another({ b }: { b: number }) {
        return b
      }

      // @ts-expect-error: the result is a number
      @api({ output: z.int() })
      result() {
        return 'text'
      }

      // @ts-expect-error: a generator says so
      @api({ output: z.int() })
      async *unsaid() {
        yield 1
      }

      // @ts-expect-error: items are numbers
      @api({ stream: true, output: z.int() })
      async *items() {
        yield 'text'
      }

      @api({ stream: true, output: z.int() })
      *said() {
        yield 1
      }
    }
    expect(apisOf(new Sample()).map(({ name }) => name)).toContain('right')
  })

  it('are known inside defineExecutor, and to who calls', () => {
    defineExecutor({
      name: 'Sample',
      apis: {
        add: api({ input: { a: z.int(), b: z.int().default(0) } }, ({ a, b }) => {
          expectTypeOf(a).toEqualTypeOf<number>()
          expectTypeOf(b).toEqualTypeOf<number>()
        }),
        one: api({ input: z.string() }, (text) => expectTypeOf(text).toEqualTypeOf<string>()),
      },
    })
    expectTypeOf<ExecutorMember>().toEqualTypeOf<keyof Executor>()
    type Given = CallArguments<{ a: z.ZodInt; b: z.ZodDefault<z.ZodInt> }>
    expectTypeOf<Given>().toEqualTypeOf<{ a: number; b?: number | undefined }>()
  })
})

describe('what an executor tells of its typed endpoints', () => {
  const described = async (apis: Parameters<typeof defineExecutor>[0]['apis']) =>
    apisOf(await createExecutor(defineExecutor({ name: 'Sample', apis: apis ?? {} })))

  it('has routes with and without a leading slash', async () => {
    const apis = await described({ a: api({ route: 'v1/x' }, () => 1), b: api({ route: '/v2/y/' }, () => 1) })
    expect(apis.map(({ route }) => route)).toEqual(['/v1/x', '/v2/y'])
  })

  it.each([{ route: 'a?b' }, { route: 'ä b' }, { name: 'no-name' }])('is refused with %j', (options) => {
    expect(() => defineExecutor({ name: 'Sample', apis: { a: api(options, () => 1) } })).toThrow('typed endpoint')
  })

  it('says that it may be batched only of what takes one list', async () => {
    const [list, one] = await described({
      list: api({ batchable: true, input: { texts: z.array(z.string()) } }, ({ texts }) => texts),
      one: api({ batchable: true, input: ndarray() }, (arr) => arr),
    })
    expect([list?.batchable, one?.batchable]).toEqual([true, true])
    for (const input of [{}, { a: z.int() }, { a: z.array(z.int()), b: z.array(z.int()) }]) {
      expect(() => defineExecutor({ name: 'Sample', apis: { a: api({ batchable: true, input }, () => 1) } })).toThrow(
        'one list',
      )
    }
  })

  it('tells named arguments and one value apart', async () => {
    const object = z.object({ a: z.int() })
    const [named, one, text, sample] = await described({
      named: api({ input: object }, ({ a }) => a),
      one: api({ input: root(object) }, ({ a }) => a),
      text: api({ input: z.string() }, (text) => text),
      sample: api(
        {
          input: {
            iris: fromSample({ a: 1.5, name: 'x', list: [1] }),
            arr: fromSample(NdArray.from(new Float32Array(2))),
          },
        },
        () => 1,
      ),
    })
    expect([named?.root, one?.root, text?.root]).toEqual([false, true, true])
    expect(sample?.input.properties).toEqual({
      iris: {
        type: 'object',
        properties: {
          a: { type: 'number' },
          name: { type: 'string' },
          list: { type: 'array', items: { type: 'number' } },
        },
        required: ['a', 'name', 'list'],
        examples: [{ a: 1.5, name: 'x', list: [1] }],
      },
      arr: { type: 'tensor', format: 'numpy-array', dtype: 'float32', shape: [2], dim: 2 },
    })
  })

  it("is asked of any library's schemas, also of those that no JSON Schema tells of", async () => {
    const even: StandardSchema<number, number> = {
      '~standard': {
        validate: async (value) =>
          typeof value === 'number' && value % 2 === 0 ? { value } : { issues: [{ message: 'not even' }] },
      },
    }
    const Even = defineExecutor({ name: 'Even', apis: { half: api({ input: { n: even } }, ({ n }) => n / 2) } })
    const executor = await createExecutor(Even)
    expect(apisOf(executor)[0]?.input).toEqual({ type: 'object', properties: { n: {} }, required: ['n'] })
    const run = createRunner(executor)
    expect(await callApi(run, 'half', { n: 4 })).toBe(2)
    await expect(callApi(run, 'half', { n: 3 })).rejects.toMatchObject({
      details: { issues: [{ type: 'value_error', loc: ['n'], msg: 'not even' }] },
    })
  })

  it('is inherited, and taken over by who serves the same method', () => {
    class Parent extends Executor {
      @api({ input: { a: z.int() }, summary: 'parent' })
      one({ a }: { a: number }) {
        return a
      }
    }
    class Child extends Parent {
      @api({ input: { a: z.int() }, summary: 'child' })
      override one({ a }: { a: number }) {
        return a + 1
      }

      @api({ input: { f: file(), arr: ndarray() } })
      two() {}
    }
    expect(apisOf(new Child()).map(({ name, summary }) => [name, summary])).toEqual([
      ['one', 'child'],
      ['two', undefined],
    ])
    class Twice extends Executor {
      @api({ name: 'same' })
      a() {}
      @api({ name: 'same' })
      b() {}
    }
    expect(() => new Twice()).toThrow('two typed endpoints named "same"')
  })
})
