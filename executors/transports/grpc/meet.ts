import { type Client, type Metadata, type ServiceError, status } from '@grpc/grpc-js'
import { jina } from '../../../proto/gen/messages.js'
import { asIs, CALL, ENDPOINTS, INFO, LIST, type Rpc, reflectionMethod, SINGLE } from '../../../proto/grpc/index.ts'
import { errorOf, noAnswer, type Remote } from './errors.ts'
import type { Way } from './jina-peer.ts'

/** What a peer says of itself. */
export interface Acquaintance {
  /** How to speak with it: by frames, or by one of Jina's RPCs. */
  readonly way: 'frames' | Way
  readonly endpoints: readonly string[]
  /** It is a process of ours. */
  readonly ours: boolean
}

/** Under this key of `_status` an executor of ours says which version of frames it takes. */
export const FRAMES_KEY = 'sluice-frames'

/** What is asked here has its answer at hand. */
const patienceMs = 5000

/**
 * Asks a peer who it is: `_status`, reflection and endpoint discovery, as Jina's gateway does. A peer that lacks the first two is taken
 * for a plain executor.
 * @param frames - whether frames may be spoken with those who take them
 */
export async function meet(client: Client, remote: Remote, metadata: Metadata, frames: boolean): Promise<Acquaintance> {
  const asks: Ask = (path, question) => ask(client, path, remote, metadata, question)
  const about = await asks(INFO.path)
  const info = (about && read(remote, () => jina.JinaInfoProto.decode(about).jina)) ?? {}
  const ours = info.sluice !== undefined
  const takesFrames = frames && info[FRAMES_KEY] !== undefined
  const services = takesFrames ? [ENDPOINTS.service] : await servicesOf(asks, remote)
  return {
    way: takesFrames ? 'frames' : wayOf(services),
    // as Jina does: who does not say what it serves serves all
    endpoints: services.includes(ENDPOINTS.service) ? await endpointsOf(asks, remote) : ['/default'],
    ours,
  }
}

type Ask = (path: string, question?: Buffer) => Promise<Buffer | undefined>

async function servicesOf(asks: Ask, remote: Remote): Promise<readonly string[]> {
  const { path, listServices, namesIn } = reflectionMethod()
  const answer = await asks(path, listServices)
  return answer ? read(remote, () => namesIn(answer)) : [SINGLE.service, ENDPOINTS.service]
}

async function endpointsOf(asks: Ask, remote: Remote): Promise<readonly string[]> {
  const answer = await asks(ENDPOINTS.path)
  if (!answer) return ['/default']
  return read(remote, () => jina.EndpointsProto.decode(answer).endpoints ?? [])
}

function wayOf(services: readonly string[]): Way {
  const ways: readonly (Way & Rpc)[] = [SINGLE, LIST, CALL]
  return ways.find(({ service }) => services.includes(service)) ?? SINGLE
}

function read<T>(remote: Remote, decode: () => T): T {
  try {
    return decode()
  } catch (error) {
    throw noAnswer(remote, error)
  }
}

/** The first answer to one question, whatever kind of RPC it is; undefined where the peer does not know it. */
export function ask(
  client: Client,
  path: string,
  remote: Remote,
  metadata: Metadata,
  question: Buffer = Buffer.alloc(0),
): Promise<Buffer | undefined> {
  return new Promise((resolve, reject) => {
    const deadline = Date.now() + patienceMs
    const stream = client.makeBidiStreamRequest(path, asIs, asIs, metadata, { deadline })
    let answer: Buffer | undefined
    stream.on('data', (bytes: Buffer) => {
      answer ??= bytes
    })
    stream.on('error', (error: ServiceError) => {
      if (error.code === status.UNIMPLEMENTED) resolve(undefined)
      else reject(errorOf(error, remote))
    })
    stream.on('end', () => resolve(answer))
    stream.write(question)
    stream.end()
  })
}
