import { Metadata, type ServiceError, type StatusObject } from '@grpc/grpc-js'
import { Code, type CodeName, codeName, FlowError, type FlowErrorDetails, type Status } from '../../../proto/index.ts'

/** Who is at the other end, for errors. */
export interface Remote {
  /** Such as `grpc://host:50051`. */
  readonly address: string
  /** Name of the deployment. */
  readonly executor: string | undefined
}

/** Nobody answers there, or nobody any more. */
export function unreachable({ address, executor }: Remote, why: string, cause?: unknown): FlowError {
  return new FlowError('UNAVAILABLE', `nobody answers at ${address}: ${why.replace(/ Resolution note: $/, '')}`, {
    executor,
    hint: 'Start the executor, or correct its host and port',
    retryAfterMs: 1000,
    cause,
  })
}

/** How a call failed that got no answer. */
export function errorOf(error: ServiceError, remote: Remote): FlowError {
  const details = error.details || error.message
  const { address, executor } = remote
  if (error.code === Code.UNAVAILABLE) {
    if (!PASSED_ON.test(details)) return unreachable(remote, details, error)
    return new FlowError('UNAVAILABLE', `${address} says: ${bare(details)}`, { executor, cause: error })
  }
  if (error.code === Code.DEADLINE_EXCEEDED) {
    const reason = `${address} did not answer before the deadline`
    return new FlowError('DEADLINE_EXCEEDED', reason, { executor, cause: error })
  }
  return new FlowError(codeName(error.code), bare(details), { executor, cause: error })
}

// what gateways, of ours and of Jina's, tell of executors that they cannot reach
const PASSED_ON = /^\[\w+\] |\|(Gateway|Head): /

/** Peers of ours write the code before the reason. */
function bare(details: string): string {
  return details.replace(/^\[\w+\] /, '')
}

/** A refusal that was told in the status of an answer, as peers of ours tell it; undefined for what an executor threw. */
export function refusalIn(status: Status | undefined, { executor }: Remote): FlowError | undefined {
  const { name = '', args = [] } = status?.exception ?? {}
  if (!Object.hasOwn(Code, name)) return undefined
  return new FlowError(name as CodeName, args[0] ?? status?.description ?? name, { executor })
}

/** The peer speaks, and what it says is no answer. */
export function noAnswer({ address, executor }: Remote, error: unknown): FlowError {
  const { reason } = FlowError.from(error)
  return new FlowError('INTERNAL', `${address} answered what is no answer: ${reason}`, { executor, cause: error })
}

/** A message that the other side would not take. */
export function tooLarge(bytes: number, maxBytes: number, details: FlowErrorDetails = {}): FlowError {
  return new FlowError('RESOURCE_EXHAUSTED', `a message of ${bytes} bytes, where ${maxBytes} are the most`, {
    ...details,
    hint: 'Send fewer documents at once, or raise maxMessageBytes',
  })
}

/** A rejection as the status of a gRPC call: our codes are gRPC's. */
export function grpcStatus(error: FlowError): StatusObject {
  return { code: error.code as number, details: error.message, metadata: new Metadata() }
}
