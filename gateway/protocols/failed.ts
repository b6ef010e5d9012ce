import { type DataRequest, type FlowError, statusOfError } from '../../proto/index.ts'

/** A request that got no answer, as its own answer: where many share a connection, the others live on. */
export function failedRequest(request: DataRequest, error: FlowError): DataRequest {
  return request.with({ header: { ...request.header, targetExecutor: '', status: statusOfError(error) } })
}
