import type { ProtocolOptions } from '../protocol.ts'

/** What HTTP is started with beside what all protocols are. */
export interface HttpOptions extends ProtocolOptions {
  readonly cors: boolean | readonly string[]
  readonly title: string
  readonly description: string
  readonly noDebugEndpoints: boolean
  readonly noCrudEndpoints: boolean
  readonly exposeEndpoints: Readonly<Record<string, ExposedEndpoint>>
}

export interface ExposedEndpoint {
  readonly httpPath?: string | undefined
  readonly methods: readonly string[]
  readonly tags: readonly string[]
  readonly summary?: string | undefined
  readonly description?: string | undefined
}
