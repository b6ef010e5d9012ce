import { execFileSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, expectTypeOf, it } from 'vitest'
import { z } from 'zod'
import { api, defineExecutor, Executor, file, NdArray, ndarray } from '../../executors/index.ts'
import { Flow, type RunningFlow } from '../../flows/index.ts'
import { silent } from '../../proto/index.ts'
import { Kitchen } from '../../tests/interop/bento/kitchen.ts'
import { root } from '../../tests/interop/peers.ts'
import { sluice } from '../../tests/sluice.ts'
import { connect, type FileData, type FileInput, type FileResult, type Service, type TensorLike } from '../index.ts'

class Iris extends Executor {
  @api({ input: { length: z.number(), width: z.number().default(1) }, output: z.string() })
  classify({ length, width = 1 }: { length: number; width?: number }) {
    return length * width > 5 ? 'virginica' : 'setosa'
  }

  @api({ input: { picture: file() }, output: file() })
  crop({ picture }: { picture: FileData }) {
    return picture
  }

  @api({ input: { arr: ndarray() }, output: ndarray() })
  twice({ arr }: { arr: NdArray }) {
    return NdArray.from(Array.from(arr.data as Float64Array, (value) => 2 * Number(value)))
  }

  @api({ stream: true, output: z.int() })
  async *petals() {
    yield 1
    yield 2
  }

  @api({ output: z.string() })
  call() {
    return 'called'
  }
}

const Text = defineExecutor({
  name: 'Text',
  apis: {
    upper: api({ input: z.string(), output: z.string() }, (text) => text.toUpperCase()),
    either: api({ input: { id: z.union([z.string(), z.int()]), at: z.string().nullable() } }, (args) => args),
    // biome-ignore lint/suspicious/noThenProperty: an endpoint may be called anything
    then: api({ output: z.int() }, () => 1),
  },
})

describe('the types of a service', () => {
  let flow: RunningFlow
  let iris: Service<typeof Iris>
  let text: Service<typeof Text>
  beforeAll(async () => {
    const flowOf = new Flow({ protocol: 'http', host: '127.0.0.1', logger: silent })
    flow = await flowOf.add({ name: 'iris', uses: Iris }).add({ name: 'text', uses: Text }).start()
    iris = await connect<typeof Iris>(`http://127.0.0.1:${flow.port}`)
    text = await connect<typeof Text>(`http://127.0.0.1:${flow.port}`)
  })
  afterAll(async () => {
    await iris?.close()
    await text?.close()
    await flow?.close()
  })

  it("are those of its executor's class", async () => {
    expectTypeOf<Parameters<typeof iris.classify>[0]>().toEqualTypeOf<{ length: number; width?: number }>()
    expect(await iris.classify({ length: 6 })).toBe('virginica')
    const kind = await iris.classify({ length: 1 }, { timeoutMs: 5000 })
    expectTypeOf(kind).toEqualTypeOf<string>()
    expectTypeOf<Parameters<typeof iris.crop>[0]>().toEqualTypeOf<{ picture: FileInput }>()
    const cropped = await iris.crop({ picture: new Blob(['abc']) })
    expectTypeOf(cropped).toEqualTypeOf<FileResult>()
    expect(await cropped.text()).toBe('abc')
    expectTypeOf<Parameters<typeof iris.twice>[0]>().toEqualTypeOf<{ arr: TensorLike }>()
    const twice = await iris.twice({ arr: [1, 2] })
    expectTypeOf(twice).toEqualTypeOf<NdArray>()
    expect(twice.toNested()).toEqual([2, 4])
    const petals: number[] = []
    for await (const petal of iris.petals()) petals.push(petal)
    expect(petals).toEqual([1, 2])
  })

  it('refuse to compile a call that would be refused', async () => {
    const wrong = [
      // @ts-expect-error: length is a number
      () => iris.classify({ length: 'six' }),
      // @ts-expect-error: length is missing
      () => iris.classify({}),
      // @ts-expect-error: there is no depth
      () => iris.classify({ length: 1, depth: 2 }),
      // @ts-expect-error: it takes a text
      () => text.upper(5),
    ]
    for (const call of wrong) await expect(call()).rejects.toMatchObject({ codeName: 'INVALID_ARGUMENT' })
    // @ts-expect-error: there is no such endpoint
    expect(iris.nope).toBeTypeOf('function')
  })

  it('are those of what defineExecutor made', async () => {
    expectTypeOf(text.upper('a')).toEqualTypeOf<Promise<string>>()
    expect(await text.upper('a')).toBe('A')
  })

  it('call endpoints api_<name> whose names the service itself has', async () => {
    expectTypeOf(iris.api_call()).toEqualTypeOf<Promise<string>>()
    expect(await iris.api_call()).toBe('called')
    expect(await text.api_then()).toBe(1)
  })

  it('know unions, of which a flat schema tells the first member alone', async () => {
    for (const args of [
      { id: 'a', at: null },
      { id: 7, at: 'x' },
    ])
      expect(await text.either(args)).toEqual(args)
    const wrong = text.either({ id: {} as never, at: 1 as never })
    await expect(wrong).rejects.toMatchObject({ details: { issues: [{ loc: ['id'] }, { loc: ['at'] }] } })
  })
})

describe('sluice client types', () => {
  it('prints what compiles, and refuses what the service would', { timeout: 90_000 }, async () => {
    const kitchen = new Flow({ protocol: 'http', host: '127.0.0.1', logger: silent })
    await using flow = await kitchen.add({ name: 'kitchen', uses: Kitchen }).add({ name: 'text', uses: Text }).start()
    const { ended, out } = sluice(['client', 'types', `http://127.0.0.1:${flow.port}`, '--name', 'Kitchen'])
    expect(await ended, out.stderr).toBe(0)
    const folder = resolve(root, '.cache/types')
    mkdirSync(folder, { recursive: true })
    writeFileSync(resolve(folder, 'kitchen.ts'), out.stdout)
    writeFileSync(resolve(folder, 'use.ts'), use)
    const config = { extends: '../../tsconfig.json', include: ['*.ts'], exclude: [], compilerOptions: {} }
    config.compilerOptions = { paths: { 'sluice/*': ['../../*/index.ts'] } }
    writeFileSync(resolve(folder, 'tsconfig.json'), JSON.stringify(config))
    const tsc = resolve(root, 'node_modules/typescript/bin/tsc')
    const compile = () =>
      execFileSync(process.execPath, [tsc, '--noEmit', '-p', folder], { encoding: 'utf8', cwd: root })
    let told = ''
    try {
      compile()
    } catch (error) {
      told = (error as { stdout: string }).stdout
    }
    // what the compiler says of these two files; of the client itself it is asked elsewhere
    expect(told.split('\n').filter((line) => line.startsWith('.cache/'))).toEqual([])
  })
})

/** What may be done with the printed types, and what not. */
const use = `
import { connect, type FileResult, type NdArray } from 'sluice/client'
import type { Kitchen } from './kitchen.ts'

const svc = await connect<Kitchen>('http://localhost')
const text: string = await svc.sync_ep({ text: 'a' })
const all = await svc.async_ep({ a: 1, opt: null })
const tensor: NdArray = await svc.nd({ arr: new Float32Array(2) })
const sum: NdArray = await svc.nd_typed({ arr: [[1, 2], [3, 4]] }, { timeoutMs: 5 })
const params: { prompt: string; scale: number; tags: string[] } = await svc.obj({ params: { prompt: 'p' } })
const model: number | null = (await svc.root_model({ prompt: 'p' })).steps
const told: unknown = await svc.upload({ file: new Blob([]), note: 'x', opts: null })
const many: unknown = await svc.upload_many({ files: ['a', new URL('http://b')] })
const size: number = await svc.upload_root('path')
const image: FileResult = await svc.thumb({ image: new Uint8Array(1) })
const bytes: Uint8Array = await svc.raw_bytes({ n: 1 })
const rows: Record<string, unknown>[] = await svc.df({ frame: [{ x: 1 }] })
for await (const item of svc.stream_json({ n: 1 })) console.log(item.prompt satisfies string)
const task = await svc.job.submit({ n: 1 })
const state: 'pending' | 'in_progress' | 'completed' | 'failed' | 'canceled' = (await task.status()).state
await svc.either({ id: 'a', at: null })
await svc.either({ id: 1, at: 'b' })
const clash: number = await svc.api_then()
const upper: string = await svc.upper('a')
console.log(text, all, tensor, sum, params, model, told, many, size, image, bytes, rows, state, clash, upper)

// @ts-expect-error: text is missing
svc.sync_ep({})
// @ts-expect-error: a is a number
svc.async_ep({ a: 'one' })
// @ts-expect-error: no such argument
svc.any_name({ x: 1, y: 2 })
// @ts-expect-error: it is no task
svc.any_name.submit({ x: 1 })
// @ts-expect-error: neither text nor number
svc.either({ id: true, at: null })
`
