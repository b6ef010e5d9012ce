import { FlowError } from '../../../proto/index.ts'
import type { Connection, Listener, Served, Transport } from '../transport.ts'
import { InprocConnection } from './dial.ts'
import { InprocListener } from './listen.ts'

/** Executors in this process: nothing is encoded or copied. The default, and what the other transports are measured by. */
export function createInproc(): Transport {
  const listeners = new Map<string, InprocListener>()
  return {
    scheme: 'inproc',
    async dial(address: string): Promise<Connection> {
      return new InprocConnection(address, () => listeners.get(address))
    },
    async listen(address: string, served: Served): Promise<Listener> {
      if (listeners.has(address)) throw new FlowError('ALREADY_EXISTS', `somebody listens at ${address} already`)
      const listener = new InprocListener(address, served, () => listeners.delete(address))
      listeners.set(address, listener)
      return listener
    },
  }
}
