import { FlowError, messageOf } from '../../proto/index.ts'

/** UNAVAILABLE, with what went wrong and, where it was about certificates, which option is to be set. */
export function unreachable(where: string, error: unknown): FlowError {
  const cause = innermost(error)
  // OpenSSL ends its lines with a line break, gRPC its sentences with a point
  const reason = messageOf(cause)
    .replace(/\s+/g, ' ')
    .replace(/[:.\s]+$/, '')
  const code = (cause as { code?: unknown } | undefined)?.code
  return new FlowError('UNAVAILABLE', `${where} cannot be reached: ${reason}`, {
    cause: error,
    hint: hintFor(`${code} ${reason}`),
  })
}

// OpenSSL and Node say these either as a code or in words, and Node's libraries pass on one of them
const hints: readonly [pattern: RegExp, hint: string][] = [
  [
    /self.signed|unable.to.(verify|get)/i,
    'Nobody who is trusted here signed its certificate: give the certificate of who did with tls: { ca }',
  ],
  [/altname/i, 'Its certificate is for another name: say which with tls: { serverName }'],
  [
    /(?<!client )certificate (has )?expired|cert_has_expired/i,
    'Its certificate is too old: the server needs a new one',
  ],
  [
    /certificate.required|unknown.ca|bad.certificate|handshake.failure/i,
    'It takes only clients that prove themselves: give a certificate that it accepts with tls: { cert, key }',
  ],
  [/hpe_invalid|parse error|expected http/i, 'It does not speak HTTP/1.1 at this port: is it the one of gRPC?'],
  [/wrong.version.number|packet.length.too.long/i, 'It does not speak TLS at this port: leave tls out'],
]

function hintFor(text: string): string | undefined {
  return hints.find(([pattern]) => pattern.test(text))?.[1]
}

// fetch says "fetch failed" and keeps the reason to itself; a host of several addresses fails at each
function innermost(error: unknown): unknown {
  if (error instanceof AggregateError && error.errors.length > 0) return innermost(error.errors[0])
  return error instanceof Error && error.cause ? innermost(error.cause) : error
}
