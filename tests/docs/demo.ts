import { type ChildProcess, spawn } from 'node:child_process'
import { resolve } from 'node:path'
import { bundleClient } from '../../scripts/browser.js'
import { root } from '../interop/peers.ts'

/** The demo of `npm start`, on other ports. */
export interface Demo {
  readonly http: string
  readonly grpc: string
  /** A command of the README, for this demo's ports. */
  adapt(text: string): string
  /** Presses Ctrl-C; gives the exit code. */
  stop(): Promise<number | null>
}

export async function startDemo(http: string, grpc: string): Promise<Demo> {
  bundleClient(resolve(root, 'dist/browser/client.js'))
  const env = { ...process.env, HTTP_PORT: http, GRPC_PORT: grpc }
  const child = spawn(process.execPath, ['--import', 'tsx', 'examples/search/main.ts'], { cwd: root, env })
  await printed(child, /Ctrl-C stops it/)
  return {
    http,
    grpc,
    adapt: (text) =>
      text
        .replaceAll('8080', http)
        .replaceAll('50051', grpc)
        .replaceAll('npx sluice', 'node --import tsx flows/cli.ts'),
    stop: () =>
      new Promise((resolve) => {
        child.once('exit', resolve)
        child.kill('SIGINT')
      }),
  }
}

function printed(child: ChildProcess, pattern: RegExp): Promise<void> {
  let output = ''
  return new Promise((resolve, reject) => {
    const hear = (chunk: Buffer) => {
      output += chunk
      if (pattern.test(output)) resolve()
    }
    child.stdout?.on('data', hear)
    child.stderr?.on('data', hear)
    child.once('exit', (code) => reject(new Error(`the demo ended with ${code}: ${output}`)))
  })
}
