import { existsSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import { exempt, reasonOf } from '../interop/bento/differences.ts'
import { root, shared } from '../interop/peers.ts'
import { page, render } from './bentoml.ts'
import { missing, type Proof, rows, wanted } from './bentoml-rows.ts'

const proofs = rows.flatMap(({ id, proofs }) => proofs.map((proof) => ({ id, proof, shown: JSON.stringify(proof) })))
const textOf = (file: string) => readFileSync(resolve(root, file), 'utf8')

describe('the table beside BentoML', () => {
  it('is what its data says', () => {
    expect(textOf(page)).toBe(render())
  })

  it('has every row once, and each is proved or said to be missing', () => {
    const ids = rows.map(({ id }) => id)
    expect(new Set(ids).size).toBe(ids.length)
    expect(ids.filter((id) => /^[A-Z]/.test(id))).toEqual(wanted)
    for (const { id, proofs } of rows) expect(proofs.length + (id in missing ? 1 : 0), id).toBeGreaterThan(0)
  })

  it.each(proofs.filter(({ proof }) => 'file' in proof))('names a test that is there: $id $shown', ({ proof }) => {
    const { file, title } = proof as Extract<Proof, { file: string }>
    const text = textOf(file)
    const written = [`'${title}'`, `\`${title}\``, `"${title}"`]
    expect(
      written.some((literal) => text.includes(literal)),
      title,
    ).toBe(true)
  })

  const suite = resolve(shared, 'interop/bento/bento_client_suite.py')
  it.skipIf(!existsSync(suite)).each(proofs.filter(({ proof }) => 'client' in proof))(
    'names a case of the client suite that is there: $id $shown',
    ({ proof }) => {
      const number = String((proof as Extract<Proof, { client: number }>).client).padStart(2, '0')
      expect(readFileSync(suite, 'utf8')).toContain(`@check("${number} `)
    },
  )

  it.skipIf(!existsSync(suite)).each(proofs.filter(({ proof }) => 'recording' in proof))(
    'names a recording that is replayed: $id $shown',
    ({ proof }) => {
      const { recording } = proof as Extract<Proof, { recording: string }>
      expect(existsSync(resolve(shared, `interop/bento/golden/${recording}.req`))).toBe(true)
      expect(reasonOf(exempt, recording)).toBeUndefined()
    },
  )
})
