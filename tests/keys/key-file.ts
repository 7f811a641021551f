import { generateKeyPairSync } from 'node:crypto'

/** The text of a key file with a new private key of each algorithm, in order. */
export function keyFile(...algorithms: readonly ('ES256' | 'EdDSA')[]): string {
  return algorithms
    .map((alg) =>
      alg === 'ES256' ? generateKeyPairSync('ec', { namedCurve: 'P-256' }) : generateKeyPairSync('ed25519'),
    )
    .map(({ privateKey }) => privateKey.export({ format: 'pem', type: 'pkcs8' }).toString())
    .join('')
}
