/** The protocols of Jina that Sluice speaks, and how many cases the real client's suite has for each. */
export const protocols = [
  { protocol: 'grpc', cases: 74 },
  { protocol: 'http', cases: 70 },
] as const

export type ProtocolName = (typeof protocols)[number]['protocol']
