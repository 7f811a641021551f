/** A number of bytes in the largest unit of which it has at least one, powers of 1024: "1.5 GB". */
export function sayBytes(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB']
  const power = bytes < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log2(bytes) / 10))
  const amount = bytes / 1024 ** power
  return `${Number(amount.toFixed(power === 0 || amount >= 100 ? 0 : 1))} ${units[power]}`
}
