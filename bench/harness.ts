import { median, notch, shuffled } from './statistics.ts'

/** What one operation cost, by measure (wall, cpu); every subject of a comparison gives the same measures. */
export type Cost = Readonly<Record<string, number>>

/** Something that is measured: one call runs a short block and gives the cost of one operation in it. */
export type Subject = {
  name: string
  /** The subject it is compared with; `baseline` if not given. */
  against?: string
  measure(): Promise<Cost>
}

/** Subjects with fresh processes and connections; one is called `baseline`, and `control` is the same again. */
export type Session = { subjects: readonly Subject[]; close(): Promise<void> }

/** How long to measure. */
export type Effort = {
  /** Rounds a session. */
  rounds: number
  /** Sessions at the least. */
  sessions: number
  /** Sessions at the most, while the control still disagrees with the baseline. */
  mostSessions: number
  random: () => number
}

/** One measure of one subject: its median, and its median ratio to and distance from the subject it is compared with. */
export type Figure = { value: number; ratio: number; spread: number; difference: number }

/** What came of a comparison; figures by subject and measure. */
export type Comparison = {
  rounds: number
  figures: Readonly<Record<string, Readonly<Record<string, Figure>>>>
}

type Round = ReadonlyMap<string, Cost>

/**
 * Measures subjects side by side: in each round one block of each, in an order drawn anew, so that a slow moment
 * of the machine hits all alike; ratios are taken within a round. A session's connections may be luckier than
 * another's, so there are several, and more while the A/A control is outside its bounds.
 */
export async function compare(open: () => Promise<Session>, effort: Effort): Promise<Comparison> {
  const rounds: Round[] = []
  let pairs: readonly Subject[] = []
  for (let session = 1; session <= effort.mostSessions; session += 1) {
    const { subjects, close } = await open()
    pairs = subjects
    try {
      for (let round = 0; round < effort.rounds; round += 1) rounds.push(await runRound(subjects, effort))
    } finally {
      await close()
    }
    if (session >= effort.sessions && noisyMeasures(summarize(pairs, rounds)).length === 0) break
  }
  return summarize(pairs, rounds)
}

async function runRound(subjects: readonly Subject[], { random }: Effort): Promise<Round> {
  const round = new Map<string, Cost>()
  for (const subject of shuffled(subjects, random)) round.set(subject.name, await subject.measure())
  return round
}

/** Medians over rounds, ratios and differences paired within each round. */
export function summarize(
  subjects: readonly Pick<Subject, 'name' | 'against'>[],
  rounds: readonly Round[],
): Comparison {
  const figures = subjects.map(({ name, against = 'baseline' }) => {
    const measures = Object.keys(rounds[0]?.get(name) ?? {})
    return [name, Object.fromEntries(measures.map((measure) => [measure, figure(name, against, measure)]))]
  })
  return { rounds: rounds.length, figures: Object.fromEntries(figures) }

  function figure(name: string, against: string, measure: string): Figure {
    const own = rounds.map((round) => costOf(round, name, measure))
    const other = rounds.map((round) => costOf(round, against, measure))
    const ratios = own.map((value, index) => value / (other[index] ?? Number.NaN))
    const differences = own.map((value, index) => value - (other[index] ?? Number.NaN))
    return {
      value: median(own),
      ratio: median(ratios),
      spread: notch(ratios),
      difference: median(differences),
    }
  }
}

function costOf(round: Round, name: string, measure: string): number {
  return round.get(name)?.[measure] ?? Number.NaN
}

/** How far from 1 the control's ratio may be before a comparison proves nothing. */
export const controlBound = 0.015

/** The measures in which the A/A control differs from the baseline by more than its bound: their ratios are void. */
export function noisyMeasures({ figures }: Comparison): string[] {
  return Object.entries(figures.control ?? {})
    .filter(([, { ratio }]) => !(Math.abs(ratio - 1) <= controlBound))
    .map(([measure]) => measure)
}
