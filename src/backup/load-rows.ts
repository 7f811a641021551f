import { FlowsError } from '../base/errors.ts'
import { sayCount } from '../base/say-count.ts'
import type { Database } from '../database/database.ts'
import { serverError } from '../database/failures.ts'
import { backupSource, type Opening } from './backup-source.ts'
import { copyRowsIn } from './copy.queries.ts'
import { type BackupTable, ownerOf, tableName } from './header.ts'
import { type ReadBackup, readRowsAgain } from './read-backup.ts'
import { stageRows } from './restore.queries.ts'
import { RowSum } from './row-sum.ts'

/** What is done with the rows of a table: written into it, laid beside it, or read over. */
export type Destination = 'table' | 'stage' | 'nowhere'

/** What was loaded: the backup, and by the name of a table its temporary table and the sum of its rows. */
export type LoadedRows = ReadBackup & {
  stages: ReadonlyMap<string, string>
  sums: ReadonlyMap<string, RowSum>
}

/** Where to, and whom to tell. */
type LoadOptions = {
  opening: Opening
  destinationOf: (table: BackupTable) => Destination
  /** Whether the rows of a table are to be compared with what is there afterwards; none if not given. */
  isCompared?: (name: string) => boolean
  progress: (text: string) => void
}

/**
 * Streams the rows of a backup that was verified into the database. They are checked once more while they are read,
 * since the file may have changed since. Throws what readBackup does, and BACKUP_UNFIT.
 */
export async function loadRows(
  tx: Database,
  file: string,
  verified: ReadBackup,
  { opening, destinationOf, isCompared = () => false, progress }: LoadOptions,
): Promise<LoadedRows> {
  const stages = new Map<string, string>()
  const sums = new Map<string, RowSum>()
  const kept = new Map<string, number>()
  await readRowsAgain(backupSource(file, opening), verified, async (table, header, chunks) => {
    const name = tableName(table)
    const destination = destinationOf(table)
    if (destination === 'nowhere') return
    const sum = isCompared(name) ? new RowSum(header, table) : undefined
    if (sum !== undefined) sums.set(name, sum)
    const rows = sum === undefined ? chunks : summed(chunks, sum)
    try {
      if (destination === 'table') kept.set(name, await copyRowsIn(tx, table, ownerOf(header, table), rows))
      else {
        const stage = `stage_${stages.size + 1}`
        kept.set(name, await stageRows(tx, table, stage, rows))
        stages.set(name, stage)
      }
    } catch (error) {
      throw rowFailure(error, name)
    }
    progress(`${name}: ${sayCount(kept.get(name) ?? 0, 'row')}`)
  })
  for (const { schema, table, rows } of verified.manifest.tables) {
    const name = tableName({ schema, table })
    if ((kept.get(name) ?? rows) !== rows) throw unfit(`the database did not take every row of ${name}`)
  }
  return { ...verified, stages, sums }
}

async function* summed(chunks: AsyncIterable<Buffer>, sum: RowSum): AsyncGenerator<Buffer, void> {
  for await (const chunk of chunks) {
    sum.take(chunk)
    yield chunk
  }
}

/** The error for a sound backup that this database cannot take. */
export function unfit(reason: string, cause?: unknown): FlowsError {
  return new FlowsError('BACKUP_UNFIT', `The backup does not fit this database: ${reason}`, {
    hint: 'Nothing was changed.',
    ...(cause === undefined ? {} : { cause }),
  })
}

/** Says in the user's words why rows were refused: a constraint, or a value that cannot be; anything else stays as it is. */
export function rowFailure(error: unknown, table: string): unknown {
  const { code = '', constraint } = serverError(error) ?? {}
  if (!/^(22|23)/.test(code)) return error
  if (constraint === 'clients_client_code_key') {
    return new FlowsError('CLIENT_CODE_TAKEN', 'Another client got this code meanwhile', {
      hint: 'Nothing was changed. Choose another with: --as <new code>',
      cause: error,
    })
  }
  if (constraint === 'clients_domain_key') {
    return new FlowsError('CLIENT_DOMAIN_TAKEN', 'Another client has the domain that this one had', {
      hint: 'Nothing was changed. See which with: client:list, and give it another; or make a copy with: --as <new code>',
      cause: error,
    })
  }
  return unfit(`a row of ${table} breaks ${constraint ?? 'the definition of its table'}`, error)
}
