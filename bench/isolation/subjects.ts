import { isDeepStrictEqual } from 'node:util'
import { ticks } from '../../src/base/clock.ts'
import type { Connection } from '../../src/database/database.ts'
import { canSeeBackends, ownCpu, processCpu } from '../cpu.ts'
import type { Cost, Session, Subject } from '../harness.ts'
import { median, quantile } from '../statistics.ts'
import { backendPid, type Key, type Workload } from './isolation.queries.ts'
import type { Addresses } from './scratch.ts'
import { connectFor, type Way, ways } from './ways.ts'

type Runner = { way: Way; pid: number; run(key: Key): Promise<unknown> }

/** How long a block should take, in milliseconds: so short that all blocks of a round see the same machine. */
const blockTime = 8

/** Opens a connection for each way and runs the workload on all of them until their plans have settled. */
export async function openSubjects(
  addresses: Addresses,
  workload: Workload,
  nextKey: () => Key,
): Promise<Session> {
  const connections: Connection[] = []
  const close = async () => {
    await Promise.all(connections.map((connection) => connection.close()))
  }
  try {
    const runners: Runner[] = []
    for (const way of ways) {
      const db = await connectFor(way, addresses)
      connections.push(db)
      const run = (key: Key) => way.act(db, key.clientId, (tx) => tx.many(workload.statement(key)))
      runners.push({ way, run, pid: await backendPid(db) })
    }
    if (!workload.writes) await checkAgreement(runners, nextKey())
    const size = await warmUp(runners, nextKey)
    return { subjects: runners.map((runner) => subject(runner, size, nextKey)), close }
  } catch (error) {
    await close()
    throw error
  }
}

/** Ways that do not read the same rows are not worth comparing. */
async function checkAgreement(runners: readonly Runner[], key: Key): Promise<void> {
  const answers = await Promise.all(runners.map(({ run }) => run(key)))
  for (const answer of answers) {
    if (Array.isArray(answer) && answer.length > 0 && isDeepStrictEqual(answer, answers[0])) continue
    throw new Error('A way of reading gives other rows than the baseline, or none')
  }
}

/** A statement is planned anew five times before the server settles on a plan. Gives the number of runs for a block. */
async function warmUp(runners: readonly Runner[], nextKey: () => Key): Promise<number> {
  const times: number[] = []
  for (let turn = 0; turn < 12; turn += 1) {
    for (const { run } of runners) times.push(await time(run, nextKey()))
  }
  return Math.min(40, Math.max(1, Math.round((blockTime * 1_000) / median(times))))
}

async function time(run: Runner['run'], key: Key): Promise<number> {
  const began = ticks()
  await run(key)
  return (ticks() - began) * 1_000
}

/**
 * Microseconds of a transaction: its wall time, the CPU of its server process, and that of both sides together.
 * Each is the lower quartile of a block, because waiting for a CPU that others use only ever adds.
 */
function subject({ way, run, pid }: Runner, size: number, nextKey: () => Key): Subject {
  const { name, against } = way
  const measure = async () => {
    const keys = Array.from({ length: size }, nextKey)
    const costs: Cost[] = []
    for (const key of keys) costs.push(await cost(run, key, pid))
    return lowerQuartiles(costs)
  }
  return against === undefined ? { name, measure } : { name, against, measure }
}

async function cost(run: Runner['run'], key: Key, pid: number): Promise<Cost> {
  if (!canSeeBackends) return { wall: await time(run, key) }
  const serverBefore = processCpu(pid)
  const clientBefore = ownCpu()
  const wall = await time(run, key)
  const client = ownCpu() - clientBefore
  const server = processCpu(pid) - serverBefore
  return { wall, cpu: client + server, server }
}

function lowerQuartiles(costs: readonly Cost[]): Cost {
  const measures = Object.keys(costs[0] ?? {})
  const of = (measure: string) => costs.map((each) => each[measure] ?? Number.NaN)
  return Object.fromEntries(measures.map((measure) => [measure, quantile(of(measure), 0.25)]))
}
