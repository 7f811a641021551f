import type { Context } from '../contexts.ts'
import type { Family } from '../families.ts'
import type { Verb } from '../isolation-report.ts'
import type { Attacker } from '../world.ts'

/** How an outcome is read. */
export type Judge =
  /** Values of the other client in what came back, or an answer that changes with the other client's rows. */
  | 'rows'
  /** Rows of the other client that are not what they were. */
  | 'change'
  /** Success where refusal is due. */
  | 'success'
  /** A refusal that only tells of the other client's row: a broken unique constraint. */
  | 'conflict'
  /** A refusal of what goes through while the other client's rows are not there. */
  | 'oracle'
  /** A call: values that come back, rows that change, and what can be read afterwards. */
  | 'call'

/** One attempt to get at rows of another client. */
export type Attack = {
  family: Family
  also?: readonly Family[]
  object: string
  attacker: Attacker
  context: Context
  verb: Verb
  judge: Judge
  kind: 'read' | 'write'
  /** What the server runs. */
  statement: string
  /** A write that gives one row back, as a procedure with INOUT parameters does. */
  answers?: boolean
  /** The same as a person would write it. */
  shown: string
  /** Statements that the prover runs before, as itself. */
  prepare?: readonly string[]
  /** Reads by the same actor right after. */
  rereads?: readonly string[]
  /** Tables whose rows of the other client it could change; undefined: none. */
  touches?: readonly number[]
  /** Values that the attacker gives, which prove nothing when they come back. */
  supplied: string
  title: string
  fix: string
  /** Of a call: whether B's ids are given, and whether policies need this function. */
  given?: 'b' | 'neutral'
  helper?: boolean
  /** Tried again as soon as B's rows exist, to see whether the answer depends on them. */
  compare?: boolean
  /** No field of the matrix: something that the operator's own statements set off. */
  hidden?: boolean
}
