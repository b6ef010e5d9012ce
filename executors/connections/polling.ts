/** Which shards get a request: the next one, or every one. */
export type Polling = 'ANY' | 'ALL'

/** One for all endpoints, or by endpoint, where `*` stands for the others. */
export type PollingOption = Polling | Readonly<Record<string, Polling>>

// as in Jina, and there whatever is said of all endpoints: a search asks every shard, and a document is kept by one
const BUILT_IN: Readonly<Record<string, Polling>> = { '/search': 'ALL', '/index': 'ANY' }

/** How an endpoint is polled. */
export function pollingOf(option: PollingOption = 'ANY'): (endpoint: string) => Polling {
  const byEndpoint = new Map(Object.entries({ ...BUILT_IN, ...(typeof option === 'object' ? option : {}) }))
  const others = typeof option === 'object' ? (option['*'] ?? 'ANY') : option
  return (endpoint) => byEndpoint.get(endpoint) ?? others
}
