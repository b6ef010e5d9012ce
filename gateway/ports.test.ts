import { describe, expect, it } from 'vitest'
import { compileGatewayOptions, type GatewayOptions } from './options.ts'
import { portsOf } from './ports.ts'

const ports = (options: GatewayOptions) =>
  portsOf(compileGatewayOptions(options)).map(({ port, protocols }) => `${port} ${protocols.join('+')}`)

describe('protocols and their ports', () => {
  it.each<[GatewayOptions, string[]]>([
    [{}, ['0 grpc']],
    [{ protocol: ['http', 'grpc'], port: [80, 81] }, ['80 http', '81 grpc']],
    [{ protocol: ['http', 'websocket', 'graphql'], port: 80 }, ['80 http+websocket+graphql']],
    [{ protocol: ['http', 'grpc', 'websocket'], port: [80, 81, 80] }, ['80 http+websocket', '81 grpc']],
    [{ protocol: ['http', 'websocket'], port: [80, 81] }, ['80 http', '81 websocket']],
    // free ports: one for all that can share it, or as many as are asked for
    [{ protocol: ['http', 'websocket', 'grpc'] }, ['0 http+websocket', '0 grpc']],
    [{ protocol: ['http', 'websocket'], port: [0, 0] }, ['0 http', '0 websocket']],
    [{ protocol: 'http', exposeGraphqlEndpoint: true }, ['0 http+graphql']],
  ])('%j are %j', (options, expected) => {
    expect(ports(options)).toEqual(expected)
  })

  it.each<[GatewayOptions, RegExp]>([
    [{ protocol: ['http', 'http'] }, /protocol "http" is given twice/],
    [{ protocol: ['http', 'grpc'], port: [1, 2, 3] }, /2 protocols and 3 ports/],
    [{ protocol: ['http', 'grpc'], port: [80, 80] }, /gRPC cannot share port 80 with http/],
    [{ protocol: ['grpc', 'websocket'], port: 80 }, /gRPC cannot share port 80/],
    [{ exposeGraphqlEndpoint: true }, /exposeGraphqlEndpoint is for HTTP/],
  ])('%j are refused', (options, message) => {
    expect(() => ports(options)).toThrow(message)
  })
})
