import { Code, type FlowError } from '../../../proto/index.ts'
import { httpStatuses } from '../http-status.ts'

/** HTTP status of a rejection, in Jina's dialect: 422 for what FastAPI would refuse. */
export function httpStatus({ code }: FlowError): number {
  return code === Code.INVALID_ARGUMENT ? 422 : httpStatuses[code]
}
