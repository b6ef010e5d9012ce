import { execFileSync } from 'node:child_process'
import { cpSync, existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { jinaEnv, python, root, type Server, shared, startServer } from '../tests/interop/peers.ts'

/** Something that is measured: who it is, and where it listens. */
export interface Target {
  readonly name: string
  readonly url: string
  readonly server: Server
}

const cache = resolve(root, '.cache')

/** What serves a protocol of the load generator. */
interface Served {
  readonly ours: string
  readonly scheme: string
  /** The floor's program: one of the load generator's, or ours. */
  readonly floor: string
  readonly jina: readonly string[]
}

const grpc: Served = { ours: 'grpc', scheme: 'grpc', floor: 'grpc.js', jina: ['--protocol', 'grpc'] }
const websocket: Served = { ours: 'websocket', scheme: 'ws', floor: 'ws.js', jina: ['--protocol', 'websocket'] }

/** Protocols of the load generator. */
export const protocols: Readonly<Record<string, Served>> = {
  'grpc-stream': grpc,
  'grpc-unary': grpc,
  http: { ours: 'http', scheme: 'http', floor: 'http.js', jina: ['--protocol', 'http'] },
  ws: websocket,
  'ws-bytes': websocket,
  graphql: { ours: 'graphql', scheme: 'http', floor: 'floor-graphql.ts', jina: ['--protocol', 'http', '--graphql'] },
}

/** Builds the load generator; gives its path. */
export function buildGenerator(): string {
  const binary = resolve(cache, 'sluiceload')
  execFileSync('go', ['build', '-C', resolve(shared, 'load'), '-o', binary, '.'], { stdio: 'inherit' })
  return binary
}

/** Starts everything that is compared over one protocol: ours, the floor, and (unless left out) the real Jina. */
export async function startTargets(protocol: string, withJina: boolean): Promise<Target[]> {
  const { ours, scheme, floor, jina } = protocols[protocol] as Served
  const target = async (name: string, port: number, start: (port: string) => Promise<Server>): Promise<Target> => ({
    name,
    url: `${scheme}://127.0.0.1:${port}`,
    server: await start(String(port)),
  })
  const serve = resolve(root, 'bench/serve')
  const targets = [
    await target('sluice, touched', 22100, (port) =>
      startServer(serve, ['--protocol', ours, '--port', port, '--touch']),
    ),
    await target('sluice, untouched', 22110, (port) => startServer(serve, ['--protocol', ours, '--port', port])),
    await target('floor', 22120, (port) => startServer('node', [...floorProgram(floor), '--port', port])),
  ]
  if (!withJina) return targets
  const flow = (touch: string[]) => (port: string) => {
    const ports = ['--port', port, '--executor-port', `${Number(port) + 1}`]
    const args = [resolve(shared, 'load/jina/flow.py'), ...jina, ...ports, ...touch]
    return startServer(python('jina1'), args, { env: { ...jinaEnv, JINA_LOG_LEVEL: 'ERROR' } })
  }
  targets.push(await target('Jina, touched', 22130, flow(['--touch'])), await target('Jina, no-op', 22140, flow([])))
  return targets
}

/** Node's arguments for a floor. */
function floorProgram(floor: string): string[] {
  if (!floor.endsWith('.ts')) return [resolve(floorFolder(), floor)]
  return ['--import', resolve(root, 'node_modules/tsx/dist/loader.mjs'), resolve(root, 'bench', floor)]
}

// the load generator's floors install their own libraries, so they run from a copy
function floorFolder(): string {
  const folder = resolve(cache, 'floor')
  cpSync(resolve(shared, 'load/floor'), folder, { recursive: true, filter: (path) => !path.includes('node_modules') })
  if (!existsSync(resolve(folder, 'node_modules'))) {
    execFileSync('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], { cwd: folder, stdio: 'inherit' })
  }
  return folder
}
