import type { ProtocolOptions, WebSite } from '../protocol.ts'

/** What HTTP is started with beside what all protocols are. */
export interface HttpOptions extends ProtocolOptions {
  /** False where HTTP only says whether the port is up: `/`, `/status` and `/dry_run`. */
  readonly posts: boolean
  /** What shares the port: OpenAPI describes their paths too. */
  readonly others: readonly WebSite[]
  readonly title: string
  readonly description: string
  /** Folders whose files are served. */
  readonly static: readonly string[]
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
