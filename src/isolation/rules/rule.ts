import type { Family } from '../families.ts'
import type { World } from '../world.ts'

/** One place where a rule is broken. */
export type Breach = {
  object: string
  actor?: string
  /** What exactly is wrong here. */
  evidence: string
  fix: string
  /** SQL that shows it. */
  show?: string
  /** Families that this very breach belongs to, beside the rule's. */
  also?: readonly Family[]
  /** Only worth knowing: not a leak by itself. */
  note?: true
}

/** Something that the catalogue alone shows. */
export type Rule = {
  id: string
  title: string
  why: string
  family: Family
  also?: readonly Family[]
  find(world: World): Breach[]
}
