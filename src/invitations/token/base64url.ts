/** What `decodeBase64url` of base/ promises, by way of Node's own decoder, which is several times as fast. */
export function decodeWithBuffer(text: string): Buffer | undefined {
  const bytes = Buffer.from(text, 'base64url')
  return bytes.toString('base64url') === text ? bytes : undefined
}
