import { type Compression, endings } from './compression.ts'
import { type Seal, sealEnding, sealOfName } from './seal.ts'

const pattern =
  /^(backup|before-restore)-(.+)-([0-9]{4}-[0-9]{2}-[0-9]{2})(?:-[0-9]+)?(\.sql|\.fdb)(\.gz|\.br)?(\.enc|\.age)?$/

/** What a backup was made for: to be kept, or to hold what backup:restore --replace was about to replace. */
export type BackupKind = 'backup' | 'before-restore'

/** What the name of a backup says; an archive is one with binary rows. */
export type BackupName = {
  kind: BackupKind
  clientCode: string
  date: string
  archive: boolean
  compression: Compression
  seal: Seal
}

/** Reads a file's name; undefined for one that backup:create would not choose. */
export function parseBackupName(name: string): BackupName | undefined {
  const [, kind, clientCode, date] = pattern.exec(name) ?? []
  if (clientCode === undefined || date === undefined) return undefined
  return {
    kind: kind === 'before-restore' ? kind : 'backup',
    clientCode,
    date,
    archive: isArchiveName(name),
    compression: compressionOfName(name),
    seal: sealOfName(name),
  }
}

/** How a file is to be packed, by the ending of its name. */
export function compressionOfName(name: string): Compression {
  const bare = name.replace(/\.(enc|age)$/, '')
  return bare.endsWith('.gz') ? 'gzip' : bare.endsWith('.br') ? 'brotli' : 'none'
}

/** Whether rows are to be binary, by the endings of the file's name. */
export function isArchiveName(name: string): boolean {
  return /\.fdb(\.gz|\.br)?(\.enc|\.age)?$/.test(name)
}

/** The names that a backup of a day may get, best first: backup-acme-2025-01-15.sql, then -2 and so on. */
export function backupNames({
  kind,
  clientCode,
  date,
  archive,
  compression,
  seal,
}: BackupName): readonly string[] {
  const ending = `${archive ? '.fdb' : '.sql'}${endings[compression]}${sealEnding(seal)}`
  return Array.from({ length: 1_000 }, (_, index) => {
    const turn = index === 0 ? '' : `-${index + 1}`
    return `${kind}-${clientCode}-${date}${turn}${ending}`
  })
}
