import type { TaskOptions } from '../../tasks/index.ts'
import type { ProtocolOptions } from '../protocol.ts'
import type { FileUrlOptions } from './urls.ts'

/** What typed endpoints are served with beside what all protocols are. */
export interface TypedOptions extends ProtocolOptions {
  /** What the paths of all of them begin with. */
  readonly pathPrefix: string
  /** Whose habits they have beside their own. */
  readonly compat?: 'bento' | undefined
  readonly fileUrls: FileUrlOptions
  readonly tasks: TaskOptions
  readonly title: string
  readonly noCrudEndpoints: boolean
  readonly noDebugEndpoints: boolean
}
