import type { FileSource, OpenFile } from './files.ts'
import type { Outgoing } from './outgoing.ts'
import { iterated } from './streams.ts'

/** One field of a form. */
export type Field = { readonly name: string } & ({ readonly value: string } | { readonly file: OpenFile })

/**
 * A `multipart/form-data` body. Where no file is a stream, it is one Blob: its length is known, it is not copied, and it can be sent again.
 * @see https://html.spec.whatwg.org/multipage/form-control-infrastructure.html#multipart-form-data
 */
export function formOf(fields: readonly Field[], { files }: Pick<FileSource, 'files'>): Outgoing {
  const boundary = `sluice-${crypto.randomUUID()}`
  const pieces = fields.flatMap((field) => [
    head(field, boundary),
    'file' in field ? field.file.content : field.value,
    '\r\n',
  ])
  pieces.push(`--${boundary}--\r\n`)
  const headers = { 'content-type': `multipart/form-data; boundary=${boundary}` }
  if (pieces.every((piece) => typeof piece === 'string' || piece instanceof Blob)) {
    const body = new Blob(pieces as (string | Blob)[])
    return { headers, replayable: true, body: async () => ({ body }) }
  }
  return { headers, replayable: false, body: async () => (await files()).body(joined(pieces)) }
}

/** What a body that is a file is called. */
export function contentDisposition(name: string): string {
  return `attachment; filename*=UTF-8''${encodeURIComponent(name).replace(/['()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`)}`
}

function head(field: Field, boundary: string): string {
  const start = `--${boundary}\r\ncontent-disposition: form-data; name="${quoted(field.name)}"`
  if (!('file' in field)) return `${start}\r\n\r\n`
  const { name, type } = field.file
  // a part is a file where it has a name
  return `${start}; filename="${quoted(name || 'file')}"\r\ncontent-type: ${type.replace(/[\r\n]/g, ' ')}\r\n\r\n`
}

function quoted(name: string): string {
  return name.replace(/\r\n|\r|\n/g, '%0D%0A').replaceAll('"', '%22')
}

async function* joined(
  pieces: readonly (string | Blob | AsyncIterable<Uint8Array>)[],
): AsyncGenerator<Uint8Array, void> {
  for (const piece of pieces) {
    if (typeof piece === 'string') yield new TextEncoder().encode(piece)
    else yield* iterated(piece instanceof Blob ? piece.stream() : piece)
  }
}
