import { messageTooLarge } from './close-error.ts'

/**
 * The lines of a text that comes in pieces, cut anywhere.
 * @param where - who sends it, for errors
 * @throws {FlowError} RESOURCE_EXHAUSTED for a line of more than `maxBytes`
 */
export async function* linesOf(
  chunks: AsyncIterable<Uint8Array>,
  where: string,
  maxBytes: number,
): AsyncGenerator<string, void> {
  const decoder = new TextDecoder()
  // pieces of the line that has not ended; joined once, however many they are
  let pieces: string[] = []
  let bytes = 0
  for await (const chunk of chunks) {
    const [first, ...others] = decoder.decode(chunk, { stream: true }).split('\n') as [string, ...string[]]
    pieces.push(first)
    bytes += chunk.length
    for (const next of others) {
      yield pieces.join('')
      pieces = [next]
      bytes = next.length
    }
    if (bytes > maxBytes) throw messageTooLarge(where, maxBytes)
  }
  const last = pieces.join('') + decoder.decode()
  if (last !== '') yield last
}
