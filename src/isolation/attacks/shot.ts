import type { Family } from '../families.ts'
import type { Verb } from '../isolation-report.ts'
import type { Judge } from './attack.ts'

/** A statement against a table, before it is known who tries it in which context. */
export type Shot = {
  family: Family
  verb: Verb
  judge: Judge
  statement: string
  title: string
  also?: readonly Family[]
  prepare?: readonly string[]
  rereads?: readonly string[]
  /** Tried as the actor's own self alone: nothing that a caller could forge matters to it. */
  once?: boolean
  /** Tried before B's rows are there, too. */
  compare?: boolean
  fix?: string
}
