import { Metadata } from '@grpc/grpc-js'
import type { Call } from '../../../proto/index.ts'

// What belongs to the connection by which a request came, and says nothing about the next one.
const OF_CONNECTION =
  /^(:.*|grpc-.*|sec-.*|proxy-.*|.*-bin|host|connection|keep-alive|upgrade|te|trailer|transfer-encoding|expect|user-agent|(accept|content)(-.*)?|__(prefetch|results_in_order)__|sluice-timeout-ms|endpoint)$/
// What the caller proves himself with was meant for this gateway.
const CREDENTIALS = ['authorization', 'cookie']
const VALID_VALUE = /^[ -~]*$/
const VALID_NAME = /^[0-9a-z_.-]+$/

/** What a deployment adds to every call; keys in lower case. */
export type OwnMetadata = Readonly<Record<string, string>>

/**
 * The headers of a call as gRPC metadata, under those that its deployment adds.
 * @param own - of the deployment
 * @param endpoint - as Jina's gateway tells it; none for none
 */
export function metadataOf(call: Call | undefined, own: OwnMetadata, endpoint?: string): Metadata {
  const metadata = new Metadata()
  for (const [name, value] of call?.metadata ?? []) {
    if (travels(name) && VALID_VALUE.test(value)) metadata.set(name, value)
  }
  for (const [name, value] of Object.entries(own)) metadata.set(name, value)
  if (endpoint) metadata.set('endpoint', endpoint)
  return metadata
}

function travels(name: string): boolean {
  return VALID_NAME.test(name) && !OF_CONNECTION.test(name) && !CREDENTIALS.includes(name)
}
