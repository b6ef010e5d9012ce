import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { root } from '../tests/interop/peers.ts'
import { type ReloadEvent, type ReloadingFlow, startReloading } from './reload.ts'

const eventually = { timeout: 30_000 }

// beside node_modules, so that packages are found
mkdirSync(join(root, '.cache'), { recursive: true })
const folder = mkdtempSync(join(root, '.cache/reload-'))
const write = (name: string, text: string) => writeFileSync(join(folder, name), text)

const slow = `import { type DocumentArray, Executor, requests } from 'sluice'
import { mark } from './mark.ts'
export class Slow extends Executor {
  @requests('/x')
  async x(docs: DocumentArray) {
    await new Promise((resolve) => setTimeout(resolve, 20))
    for (const doc of docs) doc.text += mark
  }
}
`
const keep = `import { type DocumentArray, Executor, requests } from 'sluice'
export class Keep extends Executor {
  #count = 0
  @requests('/x')
  x(docs: DocumentArray) {
    for (const doc of docs) doc.tags.count = ++this.#count
  }
}
`
const flow = (more = '', options = 'protocol: http') => `jtype: Flow
with: {${options}}
executors:
  - {name: slow, uses: ./slow.ts#Slow}
  - {name: keep, uses: ./keep.ts}
${more}`

describe('a flow that follows its files', { timeout: 90_000 }, () => {
  const events: ReloadEvent[] = []
  let reloading: ReloadingFlow
  beforeAll(async () => {
    write('slow.ts', slow)
    write('keep.ts', keep)
    write('mark.ts', "export const mark = '1'")
    write('flow.yml', flow())
    reloading = await startReloading(join(folder, 'flow.yml'), { onReload: (event) => events.push(event) })
  }, 60_000)
  afterAll(async () => {
    await reloading.close()
    await reloading.running.close()
  })

  const ask = async () => {
    const [doc] = await reloading.running.post('/x', 'a')
    return { text: doc?.text, count: Number(doc?.tags.count) }
  }
  const kinds = () => events.map(({ kind }) => kind)

  it('replaces an executor when a file that it imports changes, and loses no request under load', async () => {
    const answers: string[] = []
    const failures: unknown[] = []
    let stopping = false
    const caller = async () => {
      while (!stopping) {
        await ask().then(
          ({ text = '' }) => answers.push(text),
          (error) => failures.push(error),
        )
      }
    }
    const callers = Array.from({ length: 8 }, caller)
    await expect.poll(() => answers.length, eventually).toBeGreaterThan(20)
    for (const mark of ['2', '3']) {
      write('mark.ts', `export const mark = '${mark}'`)
      await expect.poll(() => answers.at(-1), eventually).toBe(`a${mark}`)
    }
    await expect.poll(kinds, eventually).toEqual(['reloaded', 'reloaded'])
    stopping = true
    await Promise.all(callers)
    expect(failures).toEqual([])
    expect(new Set(answers)).toEqual(new Set(['a1', 'a2', 'a3']))
  })

  it('leaves executors alone whose files did not change: they keep what they hold', async () => {
    expect((await ask()).count).toBeGreaterThan(20)
  })

  it('keeps what runs where a file is broken, says why, and takes the mended one', async () => {
    events.splice(0)
    write('mark.ts', 'export const mark = ')
    await expect.poll(kinds, eventually).toEqual(['refused'])
    expect((await ask()).text).toBe('a3')
    write('mark.ts', "export const mark = '4'")
    await expect.poll(kinds, eventually).toEqual(['refused', 'reloaded'])
    expect((await ask()).text).toBe('a4')
  })

  it('takes executors that the YAML adds and leaves those out that it leaves out', async () => {
    events.splice(0)
    const { count } = await ask()
    write('flow.yml', flow('  - {name: again, uses: ./slow.ts}\n'))
    await expect.poll(kinds, eventually).toEqual(['reloaded'])
    expect((await ask()).text).toBe('a44')
    expect((await ask()).count).toBeGreaterThan(count)
    write('flow.yml', flow())
    await expect.poll(kinds, eventually).toEqual(['reloaded', 'reloaded'])
    expect((await ask()).text).toBe('a4')
  })

  it('keeps what runs where the YAML is wrong, and says that options wait for the next start', async () => {
    events.splice(0)
    write('flow.yml', flow('  - {nam: x}\n'))
    await expect.poll(kinds, eventually).toEqual(['refused'])
    expect(events[0]).toMatchObject({ error: { reason: expect.stringMatching(/unknown key/) } })
    write('flow.yml', flow('', 'protocol: http, title: other'))
    await expect.poll(kinds, eventually).toEqual(['refused', 'restart', 'reloaded'])
    expect((await ask()).text).toBe('a4')
  })
})
