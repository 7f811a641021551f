/** Bytes, or a text as UTF-8, in base64url without padding (RFC 4648 section 5). */
export function encodeBase64url(data: Buffer | string): string {
  return Buffer.from(data as Buffer).toString('base64url')
}

/** The bytes of a base64url text in its one canonical spelling; undefined for any other spelling. */
export function decodeBase64url(text: string): Buffer | undefined {
  const bytes = Buffer.from(text, 'base64url')
  return bytes.toString('base64url') === text ? bytes : undefined
}
