import { type Metadata, ServerInterceptingCall, type ServerInterceptor } from '@grpc/grpc-js'
import { FlowError } from '../../../proto/index.ts'
import type { Authenticate } from '../protocol.ts'
import { grpcStatus } from './status.ts'

const HEALTH = '/grpc.health.v1.Health/'

/** Asks for every call but those of the health service, before any of its messages is read. */
export function authInterceptor(authenticate: Authenticate): ServerInterceptor {
  return (method, call) =>
    new ServerInterceptingCall(call, {
      start: (next) =>
        next({
          onReceiveMetadata(metadata, go) {
            if (method.path.startsWith(HEALTH)) return go(metadata)
            const address = call.getPeer()
            const { path } = method
            const headers = headersOf(metadata)
            const authorization = headers.get('authorization')
            const asked = { protocol: 'grpc', method: 'POST', path, authorization, headers, address } as const
            askedOf(authenticate, asked).then(
              (principal) => {
                principals.set(metadata, principal)
                go(metadata)
              },
              (error) => call.sendStatus(grpcStatus(FlowError.from(error))),
            )
          },
        }),
    })
}

const askedOf = async (authenticate: Authenticate, call: Parameters<Authenticate>[0]) => authenticate(call)

/** Who made a call, where somebody was asked. */
export function principalOf(metadata: Metadata): string | undefined {
  return principals.get(metadata)
}

const principals = new WeakMap<Metadata, string>()

function headersOf(metadata: Metadata): ReadonlyMap<string, string> {
  const headers = new Map<string, string>()
  for (const [name, value] of Object.entries(metadata.getMap())) if (typeof value === 'string') headers.set(name, value)
  return headers
}
