import type { Family } from './families.ts'

/** What an actor tries to do to a relation or function. */
export type Verb = 'select' | 'insert' | 'update' | 'delete' | 'truncate' | 'execute'

/** What came of one cell: refused, its own rows only, rows of another client, or not tried to the end. */
export type Verdict = 'denied' | 'own' | 'leak' | 'unproven'

/** One field of the matrix. */
export type Cell = {
  relation: string
  actor: string
  verb: Verb
  verdict: Verdict
  /** How many attacks stand behind the verdict; 0 where the catalogue alone settles it. */
  attacks: number
}

/** A hole that was found, with the way in and the way to close it. */
export type Leak = {
  family: Family
  /** Other families that the same hole belongs to. */
  also: readonly Family[]
  /** The rule that a static finding breaks. */
  rule?: string
  object: string
  actor: string
  context: string
  verb: Verb | null
  title: string
  /** What was seen, without any value of a row that was not made by the prover itself. */
  evidence: string
  reproduce: string
  fix: string
}

/** A cell or an object that could not be tried, and why. */
export type Unproven = { object: string; actor: string; verb: Verb | null; reason: string }

/** Something worth knowing that is no leak. */
export type Note = { rule: string; object: string; title: string; fix: string }

/** Why isolation of a table holds for a role without trusting the attacks; `by` null: only the attacks speak for it. */
export type Proof = { relation: string; role: string; by: 'floor' | 'no grants' | null; why: string }

/** Whether an index of a client-owned table still serves its queries under row-level security. */
export type IndexParity = {
  relation: string
  index: string
  usable: boolean
  why: string
  fix: string | null
}

/** What shows that the prover would have seen a hole. */
export type Controls = {
  /** Holes planted by the prover in this run, each of which was caught. */
  planted: readonly string[]
  /** Client-owned tables in which an actor saw its own row. */
  readable: readonly string[]
  /** Client-owned tables in which an actor changed its own row. */
  writable: readonly string[]
}

/** A leak that was waived, or a waiver that did not serve. */
export type WaiverNote = {
  rule: string
  object: string
  reason: string
  expires: string
  state: 'used' | 'unused' | 'expired'
}

/** What `isolation:prove` found. */
export type IsolationReport = {
  verdict: 'isolated' | 'leak' | 'unproven'
  cells: readonly Cell[]
  leaks: readonly Leak[]
  unproven: readonly Unproven[]
  seconds: number
  attacks: number
  families: readonly Family[]
  actors: readonly { name: string; role: string; trusted: boolean }[]
  controls: Controls
  notes: readonly Note[]
  proofs: readonly Proof[]
  indexParity: readonly IndexParity[]
  waivers: readonly WaiverNote[]
}
