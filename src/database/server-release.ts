/** The releases of PostgreSQL that flows-db works with. */
export const supportedReleases = { first: 15, last: 17 } as const

/** The minor release of each major one from which row-level security has no known hole. */
const fixedReleases: Readonly<Record<number, number>> = { 13: 22, 14: 19, 15: 14, 16: 10, 17: 6 }

/** What is fixed from those releases on. */
export const fixedHoles =
  'Fixed by 17.6, 16.10, 15.14, 14.19, 13.22: CVE-2025-8713, CVE-2024-10976, CVE-2024-4317, CVE-2023-2455 and older.'

/**
 * The release to install in place of one with a known hole in row-level security, such as "17.6"; undefined if it has
 * none. `versionNumber` is server_version_num.
 */
export function saferRelease(versionNumber: number): string | undefined {
  const major = Math.floor(versionNumber / 10_000)
  const least = fixedReleases[major]
  if (least === undefined) return major < 13 ? '17.6' : undefined
  return versionNumber % 10_000 < least ? `${major}.${least}` : undefined
}
