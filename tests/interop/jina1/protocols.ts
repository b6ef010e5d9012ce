/** The protocols of Jina that Sluice speaks, and how many cases the real client's suite has for each. */
export const protocols = [
  { protocol: 'grpc', cases: 74 },
  { protocol: 'http', cases: 70 },
  { protocol: 'websocket', cases: 72 },
  { protocol: 'graphql', cases: 15 },
] as const

/** How many cases the real gateway's suite has. */
export const gatewayCases = 19
