import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { linesOf } from './lines.ts'

async function* cut(bytes: Uint8Array, sizes: readonly number[]): AsyncGenerator<Uint8Array> {
  let start = 0
  for (let i = 0; start < bytes.length; i++) {
    const size = sizes[i % sizes.length] as number
    yield bytes.subarray(start, start + size)
    start += size
  }
}

async function read(text: string, sizes: readonly number[], maxBytes = 1000): Promise<string[]> {
  const lines: string[] = []
  for await (const line of linesOf(cut(new TextEncoder().encode(text), sizes), 'a server', maxBytes)) lines.push(line)
  return lines
}

describe('lines of a body', () => {
  it('are the same wherever its bytes are cut', async () => {
    const line = fc.string({ unit: 'grapheme' }).map((text) => text.replaceAll('\n', ''))
    const sizes = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1 })
    await fc.assert(
      fc.asyncProperty(fc.array(line), sizes, async (lines, sizes) => {
        expect(await read(lines.map((text) => `${text}\n`).join(''), sizes)).toEqual(lines)
      }),
    )
  })

  it('may end without a line break', async () => {
    expect(await read('a\n\nü', [1])).toEqual(['a', '', 'ü'])
  })

  it('are refused where one is too long', async () => {
    await expect(read('a'.repeat(2000), [100])).rejects.toMatchObject({
      codeName: 'RESOURCE_EXHAUSTED',
      message: /a server sent a message of more than 1000 bytes/,
    })
    expect(await read('aaaa\n'.repeat(2000), [100])).toHaveLength(2000)
  })
})
