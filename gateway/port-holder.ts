import { readdirSync, readFileSync, readlinkSync } from 'node:fs'

/** LISTEN, as /proc/net/tcp writes it. */
const LISTENING = '0A'

/**
 * Which process listens at a port of this machine, as `node (pid 4711)`. Linux tells it in /proc, of processes that this one may look at;
 * undefined elsewhere.
 */
export function holderOf(port: number): string | undefined {
  try {
    const inodes = new Set(['tcp', 'tcp6'].flatMap((table) => inodesAt(port, table)))
    if (inodes.size === 0) return undefined
    const pid = readdirSync('/proc').find((name) => /^\d+$/.test(name) && holds(name, inodes))
    return pid && `${readFileSync(`/proc/${pid}/comm`, 'utf8').trim()} (pid ${pid})`
  } catch {
    return undefined
  }
}

function inodesAt(port: number, table: string): string[] {
  const suffix = `:${port.toString(16).toUpperCase().padStart(4, '0')}`
  const lines = readFileSync(`/proc/net/${table}`, 'utf8').split('\n').slice(1)
  return lines.flatMap((line) => {
    const [, local = '', , state, , , , , , inode = ''] = line.trim().split(/\s+/)
    return local.endsWith(suffix) && state === LISTENING ? [`socket:[${inode}]`] : []
  })
}

function holds(pid: string, sockets: ReadonlySet<string>): boolean {
  try {
    const folder = `/proc/${pid}/fd`
    return readdirSync(folder).some((fd) => sockets.has(linkOf(`${folder}/${fd}`)))
  } catch {
    return false
  }
}

// a file may be closed while it is looked at
function linkOf(path: string): string {
  try {
    return readlinkSync(path)
  } catch {
    return ''
  }
}
