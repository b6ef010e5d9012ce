import { FlowError } from '../proto/index.ts'

/** Whom a client trusts and how it proves itself. Each file is its path or its PEM bytes. Node only: browsers have certificates of their own. */
export interface TlsOptions {
  /** Certificates of the authorities that are trusted. @default those that Node comes with */
  ca?: string | Uint8Array
  /** Certificate of this client, with those between it and its authority; for servers that demand one. Needs `key`. */
  cert?: string | Uint8Array
  /** Private key of `cert`. */
  key?: string | Uint8Array
  /** What opens an encrypted `key`. */
  passphrase?: string
  /** Name that the server's certificate must have. @default the host */
  serverName?: string
}

const names: readonly string[] = ['ca', 'cert', 'key', 'passphrase', 'serverName'] satisfies (keyof TlsOptions)[]

/** @throws {FlowError} INVALID_ARGUMENT for an option that is none, and a certificate without its key */
export function checkTls(tls: TlsOptions): TlsOptions {
  const unknown = Object.keys(tls).find((name) => !names.includes(name))
  if (unknown) throw invalid(`tls.${unknown} is no option`, `There are ${names.join(', ')}`)
  if ((tls.cert === undefined) !== (tls.key === undefined)) {
    throw invalid(`tls.${tls.cert === undefined ? 'cert' : 'key'} is missing`, 'Give cert and key together')
  }
  return tls
}

function invalid(reason: string, hint: string): FlowError {
  return new FlowError('INVALID_ARGUMENT', reason, { hint })
}
