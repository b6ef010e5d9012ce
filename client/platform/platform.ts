import type { Address } from '../options.ts'
import type { Progress } from '../progress.ts'
import type { Fetcher } from '../protocols/fetcher.ts'
import type { ClientProtocol } from '../protocols/protocol.ts'
import type { Dial } from '../protocols/socket.ts'
import type { Files } from './files.ts'

/** What differs between Node and browsers. Each is loaded when it is used. */
export interface Platform {
  /** @throws {FlowError} INVALID_ARGUMENT for certificates that are none, or that the platform does not take */
  fetcher(address: Address): Promise<Fetcher>
  /** @throws {FlowError} as {@link fetcher} */
  dial(address: Address): Promise<Dial>
  /** @throws {FlowError} as {@link fetcher}; UNIMPLEMENTED where gRPC is not spoken */
  grpc(address: Address, maxMessageBytes: number): Promise<ClientProtocol>
  /** Files by their paths, and streams as bodies. */
  files(): Promise<Files>
  /** A bar that shows how a post goes. */
  progress(name: string): Promise<Progress>
}
