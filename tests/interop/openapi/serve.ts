import { parseArgs } from 'node:util'
import { z } from 'zod'
import {
  api,
  bytes,
  Executor,
  FileData,
  Flow,
  file,
  type NdArray,
  ndarray,
  requests,
  root,
  task,
} from '../../../index.ts'

const { values } = parseArgs({ options: { port: { type: 'string', default: '22000' } } })

const person = z.object({
  name: z.string().min(1).max(40),
  age: z.int().min(0).max(150).optional(),
  tags: z.array(z.string()).max(5).default([]),
})

type Person = z.output<typeof person>

/** An endpoint of each kind, which refuses all that its schema does not allow. */
class Strict extends Executor {
  @api({ strict: true, route: '/strict/add', input: { a: z.int(), b: z.int().default(1) }, output: z.int() })
  add({ a, b }: { a: number; b: number }) {
    return (a + b) % 1000
  }

  @api({ strict: true, route: '/strict/person', input: { person }, output: person })
  person({ person: given }: { person: Person }) {
    return given
  }

  @api({ strict: true, route: '/strict/root', input: root(person), output: person })
  rootPerson(given: Person) {
    return given
  }

  @api({
    strict: true,
    route: '/strict/choice',
    input: { kind: z.enum(['a', 'b']), at: z.number().min(0).max(1).nullable() },
  })
  choice(given: { kind: 'a' | 'b'; at: number | null }) {
    return given
  }

  @api({ strict: true, route: '/strict/nothing' })
  nothing() {}

  @task({ strict: true, route: '/strict/job', input: { n: z.int().min(0).max(10) }, output: z.object({ n: z.int() }) })
  job({ n }: { n: number }) {
    return { n }
  }
}

/** Endpoints that read what they are given as what they want. */
class Lax extends Executor {
  @api({ route: '/lax/add', input: { a: z.int(), b: z.number().default(1) }, output: z.number() })
  laxAdd({ a, b }: { a: number; b: number }) {
    return a + b > 0 ? 1 : 0
  }

  @api({ route: '/lax/text', input: z.string(), output: z.string() })
  text(text: string) {
    return text.toUpperCase()
  }

  @api({ route: '/lax/upload', input: { data: file(), note: z.string().default('') }, output: file() })
  upload({ data, note }: { data: FileData; note: string }) {
    return new FileData(data.bytes, { name: `${note.length}.bin` })
  }

  @api({ route: '/lax/bytes', input: bytes(), output: bytes() })
  reverse(given: Uint8Array) {
    return given.toReversed()
  }

  @api({ route: '/lax/tensor', input: { arr: ndarray({ shape: [2, 2] }) } })
  tensor({ arr }: { arr: NdArray }) {
    return arr.shape
  }

  @api({ route: '/lax/stream', stream: true, input: { n: z.int().min(0).max(5) }, output: z.object({ i: z.int() }) })
  *stream({ n }: { n: number }) {
    for (let i = 0; i < n; i++) yield { i }
  }

  @requests('/search')
  search() {}
}

const flow = new Flow({
  protocol: 'http',
  port: Number(values.port),
  logger: { debug() {}, info() {}, warn() {}, error() {} },
})
const running = await flow.add({ name: 'strict', uses: Strict }).add({ name: 'lax', uses: Lax }).start()
process.stdout.write('READY\n')
await running.block()
