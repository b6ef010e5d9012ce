import mime from 'mime'

/** `"a.png"` → `"image/png"`; undefined where the extension says nothing. */
export function guessMimeType(uri: string): string | undefined {
  return mime.getType(uri.replace(/[?#].*$/s, '')) ?? undefined
}
