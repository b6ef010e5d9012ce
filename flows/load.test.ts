import { describe, expect, it } from 'vitest'
import { Document } from '../proto/index.ts'
import { parseFlow } from './load.ts'

/** The mistakes that a text has, one a line, without the error's code. */
function mistakesOf(text: string, env: Record<string, string> = {}): string[] {
  try {
    parseFlow(text, 'flow.yml', env)
    return []
  } catch (error) {
    return (error as { reason: string }).reason.split('\n')
  }
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

  it('may say !Flow, deployments and gateway', async () => {
    await using flow = await parseFlow(
      '!Flow\ngateway:\n  protocol: http\ndeployments:\n  - uses: PassThrough\n',
      'flow.yml',
    ).start()
    expect(flow.protocol).toBe('http')
  })

  it('takes values from the environment: plain ones are read as YAML, quoted ones stay strings', async () => {
    const env = { PORT: '0', PROTO: 'http', TITLE: '5' }
    const text = 'jtype: Flow\nwith:\n  port: ${{ ENV.PORT }}\n  protocol: $PROTO\n  title: "${TITLE}"\n'
    await using flow = await parseFlow(text, 'flow.yml', env).start()
    expect(flow.protocol).toBe('http')
  })
})

describe('mistakes in a flow are told all at once, with their place', () => {
  it.each([
    [
      'an unknown key',
      'jtype: Flow\nwith:\n  protcol: grpc\n',
      ['flow.yml:3:3 with.protcol: unknown key (did you mean "protocol"?)'],
    ],
    ['a wrong type', 'jtype: Flow\nwith:\n  cors: 5\n', [expect.stringMatching(/^flow\.yml:3:3 with\.cors: /)]],
    [
      'a name that is none',
      'jtype: Flow\nexecutors:\n  - name: a-b\n',
      [expect.stringMatching(/^flow\.yml:3:5 executors\[0\]\.name: must be letters/)],
    ],
    [
      'a name given twice',
      'jtype: Flow\nexecutors:\n  - name: a\n  - name: a\n',
      ['flow.yml:4:5 executors[1].name: there is another "a"'],
    ],
    [
      'an unknown need',
      'jtype: Flow\nexecutors:\n  - name: encoder\n  - name: b\n    needs: encodr\n',
      ['flow.yml:5:5 executors[1].needs: no executor before it is named "encodr" (did you mean "encoder"?)'],
    ],
    ['no jtype', 'with: {}\n', ['flow.yml:1:1 jtype: must be Flow']],
    [
      'a variable that is not set',
      'jtype: Flow\nwith:\n  port: ${{ ENV.NOPE }}\n',
      ['flow.yml:3:9 with.port: the variable NOPE is not set'],
    ],
    ['YAML that is none', 'jtype: Flow\nwith: [1\n', [expect.stringMatching(/^flow\.yml:\d+:\d+ /)]],
    [
      'wrong types and wrong names together',
      'jtype: Flow\nwith: {port: x}\nexecutors:\n  - name: a\n    needs: [b]\n',
      [
        'flow.yml:2:8 with.port: expected number or array, received string',
        'flow.yml:5:5 executors[0].needs: no executor before it is named "b"',
      ],
    ],
    [
      'several',
      'jtype: Flow\nwit: {}\nexecutors:\n  - use: X\n',
      [
        'flow.yml:2:1 wit: unknown key (did you mean "with"?)',
        'flow.yml:4:5 executors[0].use: unknown key (did you mean "uses"?)',
      ],
    ],
  ])('%s', (_, text, mistakes) => {
    expect(mistakesOf(text)).toEqual(mistakes)
  })
})
