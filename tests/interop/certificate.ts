import { execFileSync } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'

/** Paths of PEM files. */
export interface Certificate {
  readonly cert: string
  readonly key: string
}

/** Writes a certificate for localhost that nobody signed but itself: who trusts it must be told to. */
export function makeCertificate(folder: string): Certificate {
  mkdirSync(folder, { recursive: true })
  const [cert, key] = ['cert.pem', 'key.pem'].map((name) => join(folder, name)) as [string, string]
  const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1']
  const kind = ['-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', ...subject]
  execFileSync('openssl', ['req', ...kind, '-keyout', key, '-out', cert], { stdio: ['ignore', 'ignore', 'pipe'] })
  return { cert, key }
}
