import { writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { root } from '../interop/peers.ts'
import { missing, type Proof, RECORDED, rows } from './bentoml-rows.ts'

export const page = 'docs/bentoml.md'

/** The table of what BentoML offers, with the tests that prove each row. */
export function render(): string {
  const lines = rows.map(({ id, feature, proofs }) => {
    const shown = [...proofs.map(link), ...(id in missing ? [`not yet: ${missing[id]}`] : [])]
    return `| ${id} | ${feature} | ${shown.join('<br>')} |`
  })
  return `# Beside BentoML

What BentoML 1.4 offers, row by row as its servers and clients were observed, and the test that proves that Sluice offers it. Numbers of three
digits are pages of its documentation: 000 Clients, 001 and 004 Server. Batching and gRPC are not in it. "client" is a case of the suite
that drives BentoML's own clients, unmodified; "recorded" a request that was sent to BentoML, replayed with the same status, or another for a
reason that \`tests/interop/bento/differences.ts\` gives.

Made by \`node --import tsx tests/docs/bentoml.ts --write\` from \`tests/docs/bentoml-rows.ts\`; a test fails where a proof is not there.

| row | what | proved by |
| --- | --- | --- |
${lines.join('\n')}
`
}

function link(proof: Proof): string {
  if ('client' in proof) return `[client](../tests/interop/bento/clients.ts) ${String(proof.client).padStart(2, '0')}`
  if ('recording' in proof) return `[recorded](../${RECORDED}) ${proof.recording}`
  return `[${proof.title.replaceAll('|', '\\|')}](../${proof.file})`
}

if (process.argv.includes('--write')) writeFileSync(resolve(root, page), render())
