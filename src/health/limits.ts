/** From where on a measured value is a finding. */
export type HealthLimits = Readonly<{
  clockSkewSeconds: number
  /** Parts of the connections there can be: a warning and an error. */
  connectionsWarning: number
  connectionsError: number
  /** The least part of the blocks that memory should have, once that many were asked for. */
  cacheHitRatio: number
  cacheHitBlocks: number
  /** Transactions since the oldest row that is not frozen, of 2,147,483,648. */
  transactionAgeWarning: number
  transactionAgeError: number
  /** Free parts of the disk. */
  diskWarning: number
  diskError: number
  idleInTransactionSeconds: number
  longStatementSeconds: number
  slowStatementMilliseconds: number
  slowStatementCalls: number
  /** Bytes of the log that a replication slot nobody reads from keeps from being deleted. */
  slotBytes: number
  replicationLagSeconds: number
  /** How long a key that is rotated out, and that nothing needs any more, may stay. */
  retiredKeySeconds: number
  signingKeyExpirySeconds: number
  backupAgeSeconds: number
  /** Dead rows of a table: this many, and this part of all. */
  deadRows: number
  deadRowsShare: number
  /** Rows from which a table should have been vacuumed and analyzed. */
  neverVacuumedRows: number
  unusedIndexBytes: number
}>

const hour = 3_600
const day = 24 * hour

/** The limits that hold unless others are given. */
export const defaultLimits: HealthLimits = Object.freeze({
  clockSkewSeconds: 5,
  connectionsWarning: 0.8,
  connectionsError: 0.95,
  cacheHitRatio: 0.99,
  cacheHitBlocks: 1_000_000,
  transactionAgeWarning: 500_000_000,
  transactionAgeError: 1_500_000_000,
  diskWarning: 0.1,
  diskError: 0.03,
  idleInTransactionSeconds: 300,
  longStatementSeconds: 300,
  slowStatementMilliseconds: 20,
  slowStatementCalls: 100,
  slotBytes: 1_073_741_824,
  replicationLagSeconds: 60,
  retiredKeySeconds: 7 * day,
  signingKeyExpirySeconds: 14 * day,
  backupAgeSeconds: 26 * hour,
  deadRows: 10_000,
  deadRowsShare: 0.2,
  neverVacuumedRows: 100_000,
  unusedIndexBytes: 10_485_760,
})
