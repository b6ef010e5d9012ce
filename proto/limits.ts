/** Sizes above which input is refused before it costs anything, each with its reason. */

/** Largest message on every protocol, after decompression. Unit: bytes. 100 MiB: ws's own default, and enough for 100 images. */
export const maxMessageBytes = 100 * 1024 * 1024

/** Requests and unread answers of one connection. Unit: bytes. A message more may be on its way when reading pauses. */
export const maxConnectionBytes = 64 * 1024 * 1024

/** Requests and unread answers of one gateway. Unit: bytes. Decoded documents take some times as much. */
export const maxInFlightBytes = 512 * 1024 * 1024

/** Deepest nesting of JSON values, structs and chunks. JSON.stringify overflows the stack from about 7,000 on. */
export const maxDepth = 100

/** Longest `targetExecutor`. Unit: characters. A compiled pattern's size grows with it. */
export const maxTargetLength = 256

/** What a request may take unless the caller or the flow says otherwise. Unit: milliseconds. */
export const defaultTimeoutMs = 60_000

/** The longest that a timer of JavaScript can wait; more would fire at once. Unit: milliseconds. */
export const maxTimerMs = 2 ** 31 - 1

/** Requests of one stream in flight, as in Jina. */
export const defaultPrefetch = 1000

/** Documents in a request of the client, as in Jina. */
export const defaultRequestSize = 100
