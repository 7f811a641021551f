import { join } from 'node:path'
import { type Compression, endings } from './compression.ts'

const pattern = /^backup-(.+)-([0-9]{4}-[0-9]{2}-[0-9]{2})(?:-([0-9]+))?\.sql(\.gz|\.br)?(\.enc)?$/

/** What the name of a backup says. */
export type BackupName = { clientCode: string; date: string; compression: Compression; encrypted: boolean }

/** Reads a file's name; undefined for one that backup:create would not choose. */
export function parseBackupName(name: string): BackupName | undefined {
  const [, clientCode, date, , ending = '', seal] = pattern.exec(name) ?? []
  if (clientCode === undefined || date === undefined) return undefined
  return { clientCode, date, compression: compressionOfName(ending), encrypted: seal !== undefined }
}

/** How a file is to be packed, by the ending of its name. */
export function compressionOfName(name: string): Compression {
  const bare = name.endsWith('.enc') ? name.slice(0, -'.enc'.length) : name
  return bare.endsWith('.gz') ? 'gzip' : bare.endsWith('.br') ? 'brotli' : 'none'
}

/** The names that a backup of a day may get, best first: backup-acme-2025-01-15.sql, then -2 and so on. */
export function backupNames(
  folder: string,
  { clientCode, date, compression, encrypted }: BackupName,
): readonly string[] {
  const ending = `.sql${endings[compression]}${encrypted ? '.enc' : ''}`
  return Array.from({ length: 1_000 }, (_, index) => {
    const turn = index === 0 ? '' : `-${index + 1}`
    return join(folder, `backup-${clientCode}-${date}${turn}${ending}`)
  })
}
