import { BinaryRows } from './binary-rows.ts'
import { type BackupHeader, type BackupTable, ownerBytes, tableName } from './header.ts'
import { RowHash } from './row-hash.ts'

const newline = 0x0a

/**
 * A sum over the rows of a table as COPY gives them that is the same in whatever order they come, and shows a row that
 * is missing, doubled or changed. So rows that were written are compared with those that are there without sorting either.
 */
export class RowSum {
  readonly #binary: BinaryRows | undefined
  readonly #hash = new RowHash()
  #rows = 0
  #first = 0
  #second = 0

  constructor(header: BackupHeader, table: BackupTable) {
    if (table.types !== undefined)
      this.#binary = new BinaryRows(ownerBytes(header, table), table.columns.length, tableName(table))
  }

  /** Adds the next bytes; throws BACKUP_DAMAGED where they are no rows of the client. */
  take(chunk: Buffer): void {
    if (this.#binary === undefined) this.#takeText(chunk)
    else this.#binary.take(chunk, this)
  }

  /** Bytes from one place up to another are of the present row. */
  takePart(bytes: Buffer, from: number, to: number): void {
    this.#hash.update(bytes, from, to)
  }

  /** The present row is over. */
  endRow(): void {
    const [first, second] = this.#hash.finish()
    this.#rows += 1
    this.#first = (this.#first + first) | 0
    this.#second = (this.#second + second) | 0
  }

  /** Whether these were the same rows, each as many times. */
  equals(other: RowSum): boolean {
    return this.#rows === other.#rows && this.#first === other.#first && this.#second === other.#second
  }

  #takeText(chunk: Buffer): void {
    for (let at = 0; at < chunk.length; ) {
      const end = chunk.indexOf(newline, at)
      const to = end === -1 ? chunk.length : end + 1
      this.takePart(chunk, at, to)
      if (end !== -1) this.endRow()
      at = to
    }
  }
}
