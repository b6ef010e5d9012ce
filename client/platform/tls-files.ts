import { X509Certificate } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { createSecureContext } from 'node:tls'
import { FlowError } from '../../proto/index.ts'
import type { TlsOptions } from '../tls.ts'

/** TLS options with their files read, in the words of `node:tls`. */
export interface TlsFiles {
  readonly ca?: Buffer
  readonly cert?: Buffer
  readonly key?: Buffer
  readonly passphrase?: string
  readonly servername?: string
}

/** @throws {FlowError} INVALID_ARGUMENT for files that cannot be read or are no certificates, and a key that is not the certificate's */
export async function readTls({ ca, cert, key, passphrase, serverName }: TlsOptions): Promise<TlsFiles> {
  const files: TlsFiles = {
    ...(ca !== undefined && { ca: await bytesOf('ca', ca) }),
    ...(cert !== undefined && { cert: await bytesOf('cert', cert) }),
    ...(key !== undefined && { key: await bytesOf('key', key) }),
    ...(passphrase !== undefined && { passphrase }),
  }
  try {
    // Node passes over an authority that is no certificate
    if (files.ca) new X509Certificate(files.ca)
    createSecureContext(files)
  } catch (error) {
    throw invalid(`tls: ${FlowError.from(error).reason}`, error)
  }
  return { ...files, ...(serverName !== undefined && { servername: serverName }) }
}

async function bytesOf(name: string, file: string | Uint8Array): Promise<Buffer> {
  if (typeof file !== 'string') return Buffer.from(file)
  try {
    return await readFile(file)
  } catch (error) {
    throw invalid(`tls.${name}: ${FlowError.from(error).reason}`, error)
  }
}

function invalid(reason: string, cause: unknown): FlowError {
  return new FlowError('INVALID_ARGUMENT', reason, {
    cause,
    hint: 'Give paths of PEM files, or their bytes',
  })
}
