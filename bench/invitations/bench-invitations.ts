import { ticks } from '../../src/base/clock.ts'
import type { SigningAlgorithm } from '../../src/keys/signature-form.ts'
import { ownCpu } from '../cpu.ts'
import { type Comparison, type Cost, compare, type Session, type Subject } from '../harness.ts'
import { describeMachine, sayLoad } from '../machine.ts'
import type { BenchOptions } from '../options.ts'
import { randomFrom } from '../statistics.ts'
import { algorithms, authorityOf } from './material.ts'
import { measureBytes, reportInvitations } from './report-invitations.ts'
import { type Work, worksOf } from './works.ts'

/** How long to measure each work: rounds a session, milliseconds a block, and of warming each way up. */
export type InvitationsPlan = {
  rounds: number
  sessions: number
  mostSessions: number
  block: number
  warmUp: number
}

/** One work under one algorithm. */
export type MeasuredWork = { work: string; alg: SigningAlgorithm; comparison: Comparison }

/** Measures minting and validating beside the bare calls and jose, and gives the report. */
export async function benchInvitations({ rounds, quick, progress }: BenchOptions): Promise<string> {
  const plan = quick
    ? { rounds: rounds ?? 10, sessions: 1, mostSessions: 1, block: 4, warmUp: 400 }
    : { rounds: rounds ?? 40, sessions: 2, mostSessions: 6, block: 8, warmUp: 400 }
  const measured = await measureInvitations(plan, progress)
  return reportInvitations(measured, await measureBytes(), `${describeMachine()}, load ${sayLoad()}`)
}

/** Runs every work under every algorithm, the three ways side by side. */
export async function measureInvitations(
  plan: InvitationsPlan,
  progress: (text: string) => void,
): Promise<MeasuredWork[]> {
  const measured: MeasuredWork[] = []
  for (const alg of algorithms) {
    for (const work of await worksOf(authorityOf(alg))) {
      const subjects = await subjectsOf(work, plan)
      const session: Session = { subjects, close: () => Promise.resolve() }
      const comparison = await compare(() => Promise.resolve(session), { ...plan, random: randomFrom(1) })
      measured.push({ work: work.name, alg, comparison })
      progress(`${alg} ${work.name}: ${sayBriefly(comparison)}`)
    }
  }
  return measured
}

async function subjectsOf(work: Work, { block, warmUp }: InvitationsPlan): Promise<Subject[]> {
  const ways = [
    { name: 'baseline', run: work.bare },
    { name: 'control', run: work.bare },
    { name: 'ours', run: work.ours },
    { name: 'jose', run: work.jose, against: 'ours' },
  ]
  const subjects: Subject[] = []
  for (const { run, ...subject } of ways) {
    // Until the compiler has had its say.
    for (const began = ticks(); ticks() - began < warmUp; ) await measureBlock(run, 100)
    const { wall = 1 } = await measureBlock(run, 100)
    const turns = Math.max(10, Math.round((block * 1_000) / wall))
    subjects.push({ ...subject, measure: () => measureBlock(run, turns) })
  }
  return subjects
}

/** Microseconds of one turn, wall and CPU. */
async function measureBlock(run: (turn: number) => unknown, turns: number): Promise<Cost> {
  const cpu = ownCpu()
  const began = ticks()
  for (let turn = 0; turn < turns; turn += 1) {
    const running = run(turn)
    if (running instanceof Promise) await running
  }
  const wall = (ticks() - began) * 1_000
  return { wall: wall / turns, cpu: (ownCpu() - cpu) / turns }
}

function sayBriefly({ rounds, figures }: Comparison): string {
  const share = 1 / (figures.ours?.wall?.ratio ?? Number.NaN)
  const times = figures.jose?.wall?.ratio ?? Number.NaN
  return `${share.toFixed(2)} of the bare calls, ${times.toFixed(1)}x jose, ${rounds} rounds`
}
