import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { Document } from '../proto/index.ts'
import { loadFlow, parseFlow } from './load.ts'

type Env = Record<string, string>

/** What a flow's gateway tells of itself. */
async function openapiOf(text: string, env: Env = {}) {
  await using flow = await parseFlow(text, 'flow.yml', env).start()
  const response = await fetch(`${flow.urls[0]}/openapi.json`)
  return (await response.json()) as { info: { title: string; description: string }; paths: Record<string, object> }
}

/** A file beside an executor that writes its options into documents. */
function fileOf(text: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-load-'))
  const executors = new URL('../executors/index.ts', import.meta.url)
  writeFileSync(
    join(folder, 'tagger.ts'),
    `import { defineExecutor } from '${executors.href}'
     export default defineExecutor({
       name: 'Tagger',
       options: { '~standard': { validate: (value) => ({ value }) } },
       requests: { '/x'(docs) { for (const doc of docs) doc.tags[this.name] = this.options } },
     })`,
  )
  writeFileSync(join(folder, 'flow.yml'), text)
  return join(folder, 'flow.yml')
}

describe('a flow in YAML', () => {
  it("reads Jina's keys and ours", async () => {
    const text = `
jtype: Flow
version: '1'
with:
  protocol: [http, grpc]
  port: [0, 0]
  no_crud_endpoints: true
  timeoutMs: 5000
executors:
  - name: first
    uses: PassThrough
  - name: second
    uses: {jtype: PassThrough}
    needs: [first]
`
    await using flow = await parseFlow(text, 'flow.yml').start()
    expect(Object.keys(flow.ports)).toEqual(['http', 'grpc'])
    const [response] = await flow.post('/x', new Document('hi'), { returnResponses: true })
    expect(response?.routes.map(({ executor }) => executor)).toEqual(['gateway', 'first', 'second'])
  })

  it('takes what stands around the server', async () => {
    const text = `
jtype: Flow
with:
  protocol: http
  cors: {origins: [https://a.example], max_age_ms: 5000}
  trusted_hosts: [localhost, '127.0.0.1']
  auth: {token: $TOKEN}
  max_concurrency: 10
  compat: bento
  expose_endpoints:
    /x: {http_path: /v1/x, timeout_ms: 100, max_concurrency: 1}
`
    await using flow = await parseFlow(text, 'flow.yml', { TOKEN: 'secret' }).start()
    const [url] = flow.urls
    const headers = { origin: 'https://a.example', 'access-control-request-method': 'POST' }
    const preflight = await fetch(`${url}/v1/x`, { method: 'OPTIONS', headers })
    expect([preflight.status, preflight.headers.get('access-control-max-age')]).toEqual([200, '5'])
    expect((await fetch(`${url}/status`)).status).toBe(401)
    // the flow's own client has its token
    expect((await flow.post('/x', 'a')).texts).toEqual(['a'])
    const metrics = await fetch(`${url}/metrics`, { headers: { authorization: 'Bearer secret' } })
    expect(await metrics.text()).toMatch(/^bentoml_service_request_total\{endpoint="\/v1\/x",.*200"\} 1$/m)
  })

  it.each([
    ['auth: {tokn: x}', /auth: must be \{token\}, \{tokens: /],
    ['cors: {origin: [x]}', /origin/],
    ['trusted_hosts: ["a*b"]', /trusted_hosts\[0\]: must be like example\.com/],
    ['health: {}', /health/],
    ['https_redirect: 301', /https_redirect/],
    ['max_concurrency: 0', /max_concurrency/],
  ])('says where %s is wrong', (line, mistake) => {
    expect(() => parseFlow(`jtype: Flow\nwith:\n  ${line}\n`, 'flow.yml')).toThrow(mistake)
  })

  it.each(['!Flow\nwith: {protocol: http}', '# a flow\n--- !Flow\ndeployments:\n  - uses: PassThrough\n'])(
    'may say its type by a tag: %j',
    (text) => {
      expect(() => parseFlow(text, 'flow.yml')).not.toThrow()
    },
  )

  it('takes what gateway says before what with says, and keeps the rest of it', async () => {
    const text = 'jtype: Flow\nwith: {protocol: http, title: mine, description: mine}\ngateway: {title: stronger}\n'
    expect((await openapiOf(text)).info).toMatchObject({ title: 'stronger', description: 'mine' })
  })

  it('gives endpoints routes, by names that stay as they are', async () => {
    const text =
      'jtype: Flow\nwith:\n  protocol: http\n  expose_endpoints:\n    /a_b: {http_path: /c_d, methods: [GET]}\n    /e_f: {}\n'
    const { paths } = await openapiOf(text)
    expect(paths['/c_d']).toHaveProperty('get')
    expect(paths['/e_f']).toHaveProperty('post')
  })

  it('loads uses from the folder of the file, with options whose names stay as they are', async () => {
    const file = fileOf(`
jtype: Flow
executors:
  - {name: a, uses: ./tagger.ts, uses_with: &options {top_k: 1, deep: {a_b: 2}}}
  - {name: b, usesWith: {top_k: 3}, uses: {jtype: ./tagger.ts, with: {top_k: 1, model_name: m}}}
  - {name: c, uses: ./tagger.ts, usesWith: *options}
  - {name: d, uses: ./tagger.ts, usesWith: {<<: *options, filter: {$eq: 1}}}
`)
    await using flow = await (await loadFlow(file)).start()
    const [doc] = await flow.post('/x', new Document('hi'))
    expect(doc?.tags).toEqual({
      a: { top_k: 1, deep: { a_b: 2 } },
      b: { top_k: 3, model_name: 'm' },
      c: { top_k: 1, deep: { a_b: 2 } },
      d: { top_k: 1, deep: { a_b: 2 }, filter: { $eq: 1 } },
    })
  })

  it('says which file is not there', async () => {
    await expect(loadFlow('nowhere.yml')).rejects.toMatchObject({ codeName: 'NOT_FOUND', reason: /nowhere\.yml/ })
  })
})

describe('variables in a flow', () => {
  it.each<[string, string, Env, unknown]>([
    ['a plain one is read as YAML', '$X', { X: '5' }, 5],
    ['so is one in braces', '${X}', { X: 'true' }, true],
    ["so is Jina's", '${{ ENV.X }}', { X: '1.5' }, 1.5],
    ['text around it is part of the value', '80$X', { X: '80' }, 8080],
    ['a quoted one stays a string', '"$X"', { X: '5' }, '5'],
    ['it gives no structure', '$X', { X: '[1, 2]' }, '[1, 2]'],
    ['nor broken YAML', '$X', { X: '{a: "' }, '{a: "'],
    ['nor a comment', '$X', { X: '#fff' }, '#fff'],
    ['an empty one is an empty string', '$X', { X: '' }, ''],
    ['several stand in one text', '${A}/$B', { A: 'a', B: 'b' }, 'a/b'],
    ['an amount of money is none', 'costs $5', {}, 'costs $5'],
  ])('%s', async (_, written, env, value) => {
    const file = fileOf(
      `jtype: Flow\nexecutors:\n- name: a\n  uses: ./tagger.ts\n  uses_with:\n    value: ${written}\n`,
    )
    await using flow = await (await loadFlow(file, env)).start()
    const [doc] = await flow.post('/x', new Document('hi'))
    expect(doc?.tags).toEqual({ a: { value } })
  })
})
