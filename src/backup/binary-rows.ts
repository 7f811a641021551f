import { damaged } from './damaged.ts'

const opening = Buffer.from('PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0', 'latin1')
const endOfRows = -1

/** Who is told which bytes each row has. */
export type RowListener = { takePart(bytes: Buffer, from: number, to: number): void; endRow(): void }

/**
 * Follows rows in COPY's binary form: each has as many fields as there are columns, of which the first is the owner.
 * Never more than the beginning of a row is held. https://www.postgresql.org/docs/17/sql-copy.html
 */
export class BinaryRows {
  /** How many rows there were so far. */
  count = 0
  readonly #owner: Buffer
  readonly #columns: number
  readonly #table: string
  #held: Buffer = Buffer.alloc(0)
  #state: 'opening' | 'rows' | 'ended' = 'opening'
  #insideRow = false
  #fieldsLeft = 0
  #bytesLeft = 0

  constructor(owner: Buffer, columns: number, table: string) {
    this.#owner = owner
    this.#columns = columns
    this.#table = table
  }

  /** Looks at the next bytes; throws BACKUP_DAMAGED where they cannot follow what came before. */
  take(chunk: Buffer, listener?: RowListener): void {
    const bytes = this.#held.length === 0 ? chunk : Buffer.concat([this.#held, chunk])
    let at = 0
    let from = 0
    while (at < bytes.length) {
      const end = this.#endOfWholeRow(bytes, at)
      if (end > at) {
        listener?.takePart(bytes, at, end)
        listener?.endRow()
        this.count += 1
        at = end
        continue
      }
      const before = this.count
      const taken = this.#step(bytes, at)
      if (taken === 0) break
      if (this.count > before) from = at
      at += taken
      if (!this.#insideRow || this.#fieldsLeft > 0 || this.#bytesLeft > 0) continue
      this.#insideRow = false
      listener?.takePart(bytes, from, at)
      listener?.endRow()
    }
    if (this.#insideRow) listener?.takePart(bytes, from, at)
    this.#held = bytes.subarray(at)
  }

  /** Throws BACKUP_DAMAGED where the rows have no end. */
  end(): void {
    if (this.#state !== 'ended') throw this.#malformed()
  }

  /** Where a row ends that begins here, is the owner's and is there whole; otherwise here, for a closer look. */
  #endOfWholeRow(bytes: Buffer, at: number): number {
    const owned = at + 6 + this.#owner.length
    if (this.#state !== 'rows' || this.#insideRow || owned > bytes.length) return at
    if (bytes.readInt16BE(at) !== this.#columns || !this.#isOwn(bytes, at + 2)) return at
    let end = owned
    for (let field = 1; field < this.#columns; field += 1) {
      if (end + 4 > bytes.length) return at
      const length = bytes.readInt32BE(end)
      if (length < -1) return at
      end += length === -1 ? 4 : 4 + length
    }
    return end > bytes.length ? at : end
  }

  #isOwn(bytes: Buffer, at: number): boolean {
    const owner = this.#owner
    if (bytes.readInt32BE(at) !== owner.length) return false
    for (let place = 0; place < owner.length; place += 1) {
      if (bytes[at + 4 + place] !== owner[place]) return false
    }
    return true
  }

  /** How many bytes from here belong together and are there; 0 where more must come first. */
  #step(bytes: Buffer, at: number): number {
    const there = bytes.length - at
    if (this.#bytesLeft > 0) {
      const passed = Math.min(this.#bytesLeft, there)
      this.#bytesLeft -= passed
      return passed
    }
    if (this.#fieldsLeft > 0) return there < 4 ? 0 : this.#beginField(bytes.readInt32BE(at))
    if (this.#state === 'rows') return there < 2 ? 0 : this.#beginRow(bytes, at)
    if (this.#state === 'ended') throw this.#malformed()
    if (there < opening.length) return 0
    if (opening.compare(bytes, at, at + opening.length) !== 0) throw this.#malformed()
    this.#state = 'rows'
    return opening.length
  }

  #beginField(length: number): number {
    if (length < -1) throw this.#malformed()
    this.#fieldsLeft -= 1
    this.#bytesLeft = Math.max(length, 0)
    return 4
  }

  #beginRow(bytes: Buffer, at: number): number {
    const fields = bytes.readInt16BE(at)
    if (fields === endOfRows) {
      this.#state = 'ended'
      return 2
    }
    if (fields !== this.#columns) throw this.#malformed()
    const start = at + 6
    const end = start + this.#owner.length
    if (bytes.length < end) return 0
    if (!this.#isOwn(bytes, at + 2)) throw damaged(`A row of ${this.#table} does not belong to the client`)
    this.count += 1
    this.#insideRow = true
    this.#fieldsLeft = fields - 1
    return end - at
  }

  #malformed() {
    return damaged(`The rows of ${this.#table} are not in their form`)
  }
}
