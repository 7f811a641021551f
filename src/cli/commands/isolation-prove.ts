import { existsSync } from 'node:fs'
import { recordProof } from '../../alerts/record-proof.ts'
import type { IsolationReport, Leak } from '../../isolation/isolation-report.ts'
import { proveIsolation } from '../../isolation/prove-isolation.ts'
import { toHtml } from '../../isolation/report/html.ts'
import { toJunit } from '../../isolation/report/junit.ts'
import { layMatrix, legend } from '../../isolation/report/matrix.ts'
import { toSarif } from '../../isolation/report/sarif.ts'
import { parseWaivers } from '../../isolation/waivers.ts'
import { command, type Session, type Style } from '../command.ts'
import { statusOf } from '../exit-status.ts'
import { writeOutput } from '../write-output.ts'

const usualWaivers = 'isolation-waivers.json'
const mostLeaks = 10

/** Attacks the database as every role that clients come as. */
export const isolationProve = command({
  name: 'isolation:prove',
  about: 'Attack every table, view, function and bucket as every role, and show what comes out',
  details:
    'Everything happens in one transaction that is always rolled back, with two clients made for it (or two of yours). ' +
    'Exits with 8 on a leak, and on anything that could not be tried unless --allow-unproven is given. ' +
    'Works on any multi-tenant schema: name it with --schema and its column with --tenant-column.',
  flags: {
    client: { value: 'code', about: 'an existing client to attack as; made and taken back if not given' },
    other: { value: 'code', about: 'an existing client to be attacked; made and taken back if not given' },
    schema: { value: 'name', repeat: true, about: "prove this schema; all but the platform's if not given" },
    'tenant-column': { value: 'column', about: 'the column that says whose a row is; found if not given' },
    membership: {
      value: 'table(user, tenant)',
      about: 'the table that says who belongs to whom; found if not given',
    },
    claim: {
      value: 'path',
      about: 'where the token names the client (app_metadata.tenant_id), or setting:<name>',
    },
    staff: {
      value: 'role',
      repeat: true,
      about: 'a role of your own people, which may see everything (flows_staff if not given)',
    },
    table: { value: 'schema.name', repeat: true, about: 'prove only this relation' },
    family: { value: 'name', repeat: true, about: 'run only this family of attacks' },
    'read-only-families': { about: 'leave out the attacks that take locks' },
    'allow-unproven': { about: 'exit with 0 although something could not be tried' },
    waivers: {
      value: 'file',
      about: `leaks that are accepted, with reason and last day (${usualWaivers} if it is there)`,
    },
    sarif: { value: 'file', about: 'write the report as SARIF' },
    html: { value: 'file', about: 'write the report as a page with a picture' },
    junit: { value: 'file', about: 'write the report as JUnit XML' },
  },
  examples: ['isolation:prove', 'isolation:prove --family read --family count --json'],
  run: async (session, flags) => {
    // Without a schema of the user's own it is our schema that is meant, which must be there and up to date.
    const staff = flags.schema.length === 0 ? await session.database() : undefined
    const report = await proveIsolation(await session.owner(), {
      client: flags.client,
      other: flags.other,
      schemas: listOf(flags.schema),
      tenantColumn: flags['tenant-column'],
      membership: flags.membership,
      claim: flags.claim,
      staff: listOf(flags.staff),
      tables: listOf(flags.table),
      families: listOf(flags.family),
      readOnlyFamilies: flags['read-only-families'],
      waivers: await readWaivers(session, flags.waivers),
      progress: session.progress,
    })
    const isWhole = flags.table.length === 0 && flags.family.length === 0
    if (staff !== undefined && isWhole) await recordProof(staff, report.leaks)
    await writeOutput(flags.sarif, () => toSarif(report))
    await writeOutput(flags.html, () => toHtml(report))
    await writeOutput(flags.junit, () => toJunit(report))
    return { ...report, allowed: flags['allow-unproven'] }
  },
  say: (report, style) => sayReport(report, style),
  exit: ({ verdict, allowed }) =>
    verdict === 'leak' || (verdict === 'unproven' && !allowed) ? statusOf.unverified : 0,
})

function listOf(values: readonly string[]): readonly string[] | undefined {
  return values.length === 0 ? undefined : values
}

async function readWaivers(session: Session, path: string | undefined) {
  if (path === undefined && !existsSync(usualWaivers)) return []
  return parseWaivers(await session.readText(path ?? usualWaivers))
}

function sayReport(report: IsolationReport, style: Style): string {
  const { verdict, leaks, unproven, attacks, seconds, proofs, indexParity, controls, waivers } = report
  const { rows, closed } = layMatrix(report)
  const lost = indexParity.filter(({ usable }) => !usable)
  const proved = proofs.filter(({ by }) => by !== null).length
  const lines = [
    style.table(rows),
    style.dim(legend),
    ...(closed === 0 ? [] : [style.dim(`${closed} further relations are closed to all of these.`)]),
    '',
    ...leaks.slice(0, mostLeaks).flatMap((leak) => sayLeak(leak, style)),
    ...(leaks.length > mostLeaks
      ? [`and ${leaks.length - mostLeaks} more leaks (--json or --html has them all)`, '']
      : []),
    ...unproven
      .slice(0, mostLeaks)
      .map(
        ({ object, actor, verb, reason }) =>
          `${style.yellow('unproven')} ${object} ${verb ?? ''} as ${actor}: ${reason}`,
      ),
    ...(unproven.length > mostLeaks ? [`and ${unproven.length - mostLeaks} more unproven cells`] : []),
    ...waivers
      .filter(({ state }) => state !== 'used')
      .map(
        ({ rule, object, state, expires }) =>
          `${style.yellow('waiver')} ${rule} on ${object} is ${state} (${expires})`,
      ),
    ...lost.map(({ index, relation, why }) => `${style.yellow('index')} ${index} of ${relation}: ${why}`),
    `${proved} of ${proofs.length} pairs of table and role hold by construction; ${controls.planted.length} planted holes were caught.`,
    `${sayVerdict(verdict, style)} ${attacks} attacks in ${seconds} s, ${leaks.length} leaks, ${unproven.length} unproven.`,
  ]
  return lines.join('\n')
}

function sayLeak({ object, actor, context, title, evidence, reproduce, fix }: Leak, style: Style): string[] {
  return [
    `${style.red('LEAK')} ${style.bold(title)}`,
    `  ${object} as ${actor}, context ${context}. ${evidence}`,
    style.dim(indent(reproduce)),
    indent(fix),
    '',
  ]
}

function indent(text: string): string {
  return text
    .split('\n')
    .map((line) => `    ${line}`)
    .join('\n')
}

function sayVerdict(verdict: IsolationReport['verdict'], style: Style): string {
  if (verdict === 'isolated') return style.green('Isolated.')
  return verdict === 'leak' ? style.red('Not isolated.') : style.yellow('Not proved.')
}
