/**
 * What went wrong, in gRPC's sixteen words and numbers.
 * @see https://grpc.io/docs/guides/status-codes/
 */
export const Code = {
  /** The caller left or asked to stop. */
  CANCELLED: 1,
  /** User code threw something that is not a FlowError. */
  UNKNOWN: 2,
  /** The request is wrong, whatever the state of the flow. */
  INVALID_ARGUMENT: 3,
  /** The deadline passed before the answer. */
  DEADLINE_EXCEEDED: 4,
  /** Nothing of that name. */
  NOT_FOUND: 5,
  /** It is there already. */
  ALREADY_EXISTS: 6,
  /** The caller is known and may not do this. */
  PERMISSION_DENIED: 7,
  /** A limit or a queue is full. */
  RESOURCE_EXHAUSTED: 8,
  /** Right request, wrong moment: a flow that is not started, an executor that is not ready. */
  FAILED_PRECONDITION: 9,
  /** Begun and given up; whether it took effect is unknown. */
  ABORTED: 10,
  /** Past the end of something. */
  OUT_OF_RANGE: 11,
  /** This peer does not speak that. */
  UNIMPLEMENTED: 12,
  /** A promise of ours was broken: a bug here or in an executor. */
  INTERNAL: 13,
  /** Nobody is there to answer; trying again may help. */
  UNAVAILABLE: 14,
  /** Data was lost or cannot be read. */
  DATA_LOSS: 15,
  /** The caller did not say who it is. */
  UNAUTHENTICATED: 16,
} as const

export type CodeName = keyof typeof Code
export type Code = (typeof Code)[CodeName]

const names = new Map<number, CodeName>(Object.entries(Code).map(([name, number]) => [number, name as CodeName]))

/** `3` → `"INVALID_ARGUMENT"`; an unknown number is `"UNKNOWN"`. */
export function codeName(code: number): CodeName {
  return names.get(code) ?? 'UNKNOWN'
}

/** True where the same request, sent again, may be answered: nobody was there, or there was no room. */
export function isRetryable(code: Code): boolean {
  return code === Code.UNAVAILABLE || code === Code.RESOURCE_EXHAUSTED
}
