/** An address or range of addresses: its bytes (4 or 16) and how many of its leading bits count. */
export type IpRange = Readonly<{ bytes: readonly number[]; bits: number }>

const ipv4Range = new RegExp(`^${ipv4()}(?:/(?:[12]?[0-9]|3[0-2]))?$`)
const ipv6Range = new RegExp(`^(?:${ipv6()})(?:/(?:[1-9]?[0-9]|1[01][0-9]|12[0-8]))?$`, 'i')

/**
 * Whether a text is `192.0.2.0/24`, `2001:db8::/32` or a single address (RFC 3986, section 3.2.2): no zone, no leading
 * zeros in a decimal number, no IPv4 shorthand. Runs in browsers too.
 */
export function isIpRange(text: string): boolean {
  return text.includes(':') ? ipv6Range.test(text) : ipv4Range.test(text)
}

/** The range that a text stands for; undefined if it is none. */
export function parseIpRange(text: string): IpRange | undefined {
  if (!isIpRange(text)) return undefined
  const [address = '', bits] = text.split('/')
  const bytes = address.includes(':') ? ipv6Bytes(address) : address.split('.').map(Number)
  return { bytes, bits: bits === undefined ? bytes.length * 8 : Number(bits) }
}

function ipv4(): string {
  const byte = '(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])'
  return `${byte}(?:\\.${byte}){3}`
}

/** Eight groups, the last two of which may be an IPv4 address; or fewer with `::` for those that are left out. */
function ipv6(): string {
  const group = '[0-9a-f]{1,4}'
  const end = `(?:${group}:${group}|${ipv4()})`
  const before = (most: number) => `(?:(?:${group}:){0,${most}}${group})?::`
  const shortened = [4, 3, 2, 1, 0].map((after, left) => `${before(left)}(?:${group}:){${after}}${end}`)
  return [
    `(?:${group}:){6}${end}`,
    `::(?:${group}:){5}${end}`,
    ...shortened,
    `${before(5)}${group}`,
    before(6),
  ].join('|')
}

function ipv6Bytes(address: string): number[] {
  const [head = '', tail] = address.split('::')
  const [left, right] = [groupBytes(head), tail === undefined ? [] : groupBytes(tail)]
  return [...left, ...new Array<number>(16 - left.length - right.length).fill(0), ...right]
}

function groupBytes(text: string): number[] {
  if (text === '') return []
  return text.split(':').flatMap((group) => {
    if (group.includes('.')) return group.split('.').map(Number)
    const value = Number.parseInt(group, 16)
    return [value >> 8, value & 0xff]
  })
}
