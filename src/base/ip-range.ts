/** An address or range of addresses: its bytes (4 or 16) and how many of its leading bits count. */
export type IpRange = Readonly<{ bytes: readonly number[]; bits: number }>

const decimal = /^(0|[1-9][0-9]{0,2})$/

/**
 * Reads `192.0.2.0/24`, `2001:db8::/32` or a single address; undefined if the text is none. No zone, no leading zeros,
 * no IPv4 shorthand. Runs in browsers too.
 */
export function parseIpRange(text: string): IpRange | undefined {
  const [address = '', bitsText, ...more] = text.split('/')
  const bytes = address.includes(':') ? parseIpv6(address) : parseIpv4(address)
  if (bytes === undefined || more.length > 0) return undefined
  const most = bytes.length * 8
  if (bitsText === undefined) return { bytes, bits: most }
  return decimal.test(bitsText) && Number(bitsText) <= most ? { bytes, bits: Number(bitsText) } : undefined
}

function parseIpv4(text: string): number[] | undefined {
  const parts = text.split('.')
  if (parts.length !== 4 || !parts.every((part) => decimal.test(part) && Number(part) <= 255))
    return undefined
  return parts.map(Number)
}

function parseIpv6(text: string): number[] | undefined {
  const [head = '', tail, ...more] = text.split('::')
  if (more.length > 0) return undefined
  const left = parseGroups(head, tail === undefined)
  const right = tail === undefined ? [] : parseGroups(tail, true)
  if (left === undefined || right === undefined) return undefined
  const missing = 16 - left.length - right.length
  if (tail === undefined ? missing !== 0 : missing < 2) return undefined
  return [...left, ...new Array<number>(missing).fill(0), ...right]
}

/** The bytes of groups of four hexadecimal digits, the last of which may be an IPv4 address. */
function parseGroups(text: string, isEnd: boolean): number[] | undefined {
  if (text === '') return []
  const bytes: number[] = []
  const groups = text.split(':')
  for (const [index, group] of groups.entries()) {
    if (isEnd && index === groups.length - 1 && group.includes('.')) {
      const ipv4 = parseIpv4(group)
      if (ipv4 === undefined) return undefined
      bytes.push(...ipv4)
    } else {
      if (!/^[0-9a-f]{1,4}$/i.test(group)) return undefined
      const value = Number.parseInt(group, 16)
      bytes.push(value >> 8, value & 0xff)
    }
  }
  return bytes
}
