import type { FlowError } from '../../../proto/index.ts'
import { httpStatuses } from '../http-status.ts'

/** HTTP status of an error in the typed dialect: what an executor refuses is 400, as with BentoML. */
export function httpStatus({ code, details }: FlowError): number {
  return details.httpStatus ?? httpStatuses[code]
}
