import type { Notice } from '../database/database.ts'
import type { Attack } from './attacks/attack.ts'
import type { RawOutcome, ReadAnswer } from './engine/attack-loop.queries.ts'
import type { Family } from './families.ts'
import { leakedTokens } from './tags.ts'
import type { World } from './world.ts'

/** What one attack proves. `own`: it went through, and touched or saw only what it may. */
export type Finding =
  | { state: 'leak'; evidence: string; family: Family }
  | { state: 'own' }
  | { state: 'denied' }
  | { state: 'inconclusive'; reason: string }

/** An attack with all that came of it. */
export type Tried = {
  attack: Attack
  outcome: RawOutcome
  notices: readonly Notice[]
  /** The same attack before B's rows were there, if it is compared. */
  before?: RawOutcome | undefined
  /** The same attack once more in the same world: whether it answers alike at all. */
  again?: RawOutcome | undefined
  changed: readonly string[]
}

/** Reads an outcome. Anything that is neither a clear refusal nor a clear success is inconclusive, never denied. */
export function judge(tried: Tried, world: World): Finding {
  const { attack, outcome, notices } = tried
  const pattern = attack.context.whose === 'none' ? world.patterns.both : world.patterns.b
  const { error } = outcome
  const given = `${attack.supplied} ${Object.values(attack.context.settings).join(' ')}`
  const said = [
    ...notices.map(({ message, detail, hint }) => ['a notice', `${message} ${detail} ${hint}`] as const),
    ...(error === null ? [] : [['an error', `${error.message} ${error.detail} ${error.hint}`] as const]),
  ]
  for (const [where, text] of said) {
    if (leakedTokens(text, pattern, given).length > 0) {
      return leak(
        attack.family,
        `A value of another client stands in ${where} (${error?.state ?? 'NOTICE'}).`,
      )
    }
  }
  return error === null ? judgeSuccess(tried, pattern, world) : judgeError(tried)
}

function judgeError({ attack, outcome, before }: Tried): Finding {
  const error = outcome.error
  if (error === null) return { state: 'denied' }
  const { state, constraint } = error
  if (attack.judge === 'oracle') {
    return before?.error === null && before.affected > 0 && /^(23|P0001|22|42501)/.test(state)
      ? leak(
          attack.family,
          `Without the other client's rows it goes through, with them it is refused (${state}).`,
        )
      : { state: 'denied' }
  }
  const broken = attack.kind === 'write' && state.startsWith('23') && constraint !== ''
  if (attack.judge === 'conflict') {
    return state === '23505' || state === '23P01'
      ? leak('unique', `The value is refused as taken (${constraint}).`)
      : settled(error, attack)
  }
  if (broken && attack.judge === 'change' && attack.context.whose === 'own') {
    if (attack.family === 'delete' && state === '23503' && attack.statement.includes(' where ')) {
      return leak('delete', `The row is reached; only the foreign key ${constraint} holds it.`)
    }
    if ((attack.family === 'insert' || attack.family === 'move') && state !== '23514') {
      return leak(
        attack.family,
        `Row-level security lets it through; only the constraint ${constraint} stops it.`,
      )
    }
  }
  return settled(error, attack)
}

/** A refusal is clear where it is the refusal of a right, of a trigger, or of a context that says nothing. */
function settled({ state, message }: { state: string; message: string }, attack: Attack): Finding {
  if (/^(57|55P03|40|53|XX)/.test(state)) return { state: 'inconclusive', reason: `${message} (${state})` }
  // The call itself was wrong: nothing of the function has run.
  if (attack.judge === 'call' && /^(42883|42804|42725|42P18|42846)$/.test(state)) {
    return { state: 'inconclusive', reason: `${message} (${state})` }
  }
  if (attack.kind === 'read' || attack.judge === 'call') return { state: 'denied' }
  if (/^(42501|P0|0A|428C9|55000|25|2F|44000|21000)/.test(state)) return { state: 'denied' }
  if (attack.context.name !== 'own') return { state: 'denied' }
  return { state: 'inconclusive', reason: `${message} (${state})` }
}

function judgeSuccess(tried: Tried, pattern: string, world: World): Finding {
  const { attack, outcome, changed } = tried
  const { answer } = outcome
  if (changed.length > 0)
    return leak(attack.family, `Rows of another client changed in ${changed.join(', ')}.`)
  // What the attacker wrote itself is no find; whatever else stands beside it is.
  const seen = (each: ReadAnswer | null) =>
    (each?.hits ?? 0) > 0 &&
    (attack.judge === 'call' || leakedTokens(each?.sample ?? '', pattern, attack.supplied).length > 0)
  const reread = outcome.rereads.filter(seen).length
  if (reread > 0)
    return leak(
      attack.judge === 'call' ? 'escalation' : attack.family,
      `Afterwards the same session reads rows of another client in ${reread} tables.`,
    )
  switch (attack.judge) {
    case 'rows':
      if (answer !== null && answer.hits > 0)
        return leak(attack.family, `${answer.hits} of ${answer.rows} rows hold values of another client.`)
      if (differs(tried)) return leak('count', 'The answer changes with the rows of another client.')
      return answer?.own === true ? { state: 'own' } : { state: 'denied' }
    case 'call':
      return judgeCall(tried, pattern, world)
    case 'success':
      return outcome.affected > 0
        ? leak(attack.family, 'It succeeds where it must be refused.')
        : { state: 'denied' }
    case 'change':
    case 'conflict':
    case 'oracle':
      return outcome.affected > 0 ? { state: 'own' } : { state: 'denied' }
  }
}

function judgeCall(tried: Tried, pattern: string, world: World): Finding {
  const { attack, outcome } = tried
  const text = outcome.answer?.sample ?? ''
  if (leakedTokens(text, pattern, attack.supplied).length > 0) {
    return leak(attack.family, 'The answer holds values of another client that the caller did not give.')
  }
  if (differs(tried) && !isHelpersBit(tried, world)) {
    return leak(
      attack.given === 'b' ? attack.family : 'count',
      'The answer changes with the rows of another client.',
    )
  }
  return { state: 'own' }
}

/** Policies need functions that say whether an id is somebody's; such a yes or no, or the id itself, is no leak. */
function isHelpersBit({ attack, outcome, before }: Tried, world: World): boolean {
  if (attack.helper !== true || attack.given !== 'b') return false
  const bare = (text: string | null | undefined) =>
    withoutGiven(text ?? '', attack, world).replace(/[(){}",\s]/g, '')
  const bits = ['', 't', 'f', 'true', 'false']
  return bits.includes(bare(outcome.answer?.sample)) && bits.includes(bare(before?.answer?.sample))
}

function withoutGiven(text: string, { supplied }: Attack, world: World): string {
  const tokens = text.match(new RegExp(`[\\w.-]*(?:${world.patterns.b})[\\w.-]*`, 'gi')) ?? []
  return tokens
    .filter((token) => supplied.toLowerCase().includes(token.toLowerCase()))
    .reduce((rest, token) => rest.replaceAll(token, ''), text)
}

function differs({ outcome, before, again }: Tried): boolean {
  if (before === undefined || before.error !== null || outcome.error !== null) return false
  if (again !== undefined && signature(again) !== signature(outcome)) return false
  return signature(before) !== signature(outcome)
}

/** What an answer comes to, for comparing two of the same attack. */
export function signature({ answer, error }: RawOutcome): string {
  return error === null ? `${answer?.rows} ${answer?.hash}` : error.state
}

function leak(family: Family, evidence: string): Finding {
  return { state: 'leak', evidence, family }
}
