import { FlowError } from '../proto/index.ts'
import type { CompiledGatewayOptions } from './options.ts'
import type { ProtocolName } from './protocols/index.ts'

/** A port and the protocols that are spoken on it. */
export interface Port {
  /** 0 takes a free one. */
  readonly port: number
  readonly protocols: readonly ProtocolName[]
}

/**
 * Which protocols are spoken on which port: gRPC on its own, those of the web together where they were given the same.
 * @throws {FlowError} INVALID_ARGUMENT for a protocol named twice, as many ports as there are not protocols, a port that gRPC would share
 */
export function portsOf({ protocol, port, exposeGraphqlEndpoint }: CompiledGatewayOptions): Port[] {
  const names = [protocol].flat()
  const given = [port].flat()
  const twice = names.find((name, i) => names.indexOf(name) !== i)
  if (twice) throw invalid(`protocol "${twice}" is given twice`, 'Name it once')
  if (given.length > 1 && given.length !== names.length) {
    throw invalid(`${names.length} protocols and ${given.length} ports`, 'Give one port to each protocol')
  }
  const ports: { port: number; protocols: ProtocolName[] }[] = []
  for (const [i, name] of names.entries()) {
    const own = given.length > 1 ? (given[i] as number) : (given[0] ?? 0)
    // free ports that were asked for one by one are different ones
    const shared = ports.find(({ port, protocols }) =>
      own === 0 ? given.length === 1 && isWeb(name) && isWeb(protocols[0]) : port === own,
    )
    if (!shared) ports.push({ port: own, protocols: [name] })
    else if (isWeb(name) && shared.protocols.every(isWeb)) shared.protocols.push(name)
    else
      throw invalid(`gRPC cannot share port ${own} with ${shared.protocols.join(', ')}`, 'Give gRPC a port of its own')
  }
  const http = ports.find(({ protocols }) => protocols.includes('http'))
  if (exposeGraphqlEndpoint && !names.includes('graphql')) {
    if (!http) throw invalid('exposeGraphqlEndpoint is for HTTP, which is not spoken', 'Add "http" to protocol')
    http.protocols.push('graphql')
  }
  return ports
}

function isWeb(name: ProtocolName | undefined): boolean {
  return name !== 'grpc'
}

function invalid(reason: string, hint: string): FlowError {
  return new FlowError('INVALID_ARGUMENT', reason, { hint })
}
