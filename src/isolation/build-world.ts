import { randomUUID } from 'node:crypto'
import { FlowsError } from '../base/errors.ts'
import type { Database } from '../database/database.ts'
import { type Actor, findActors } from './actors.ts'
import type { Attack } from './attacks/attack.ts'
import { type Catalog, nameOf, type Relation } from './catalog/catalog.ts'
import { type Harvest, harvest } from './catalog/harvest.ts'
import { readCatalog } from './catalog/read-catalog.ts'
import { type ClaimOption, contextsOf, type Identity, ownClaims, parseClaim } from './contexts.ts'
import { seedPlanted } from './planted.queries.ts'
import type { ProveOptions } from './prove-options.ts'
import { textOf, uuid } from './seed/column-values.ts'
import { neighboursOf } from './seed/neighbours.ts'
import { type Planned, planSeeds } from './seed/plan.ts'
import { clientCondition, type Row, selectRow } from './seed/seed.queries.ts'
import { seedClient } from './seed/seed-client.ts'
import { draftValues, type Lessons, lessonOf } from './seed/seed-row.ts'
import { seedStorage, storageWords } from './seed/seed-storage.queries.ts'
import type { Owner, Seeded } from './seed/seeded.ts'
import { settledValues } from './seed/settled-values.ts'
import { drawTag, ownPatternOf, patternOf, type Tag } from './tags.ts'
import { targetsOf } from './targets.queries.ts'
import { findTenancy, type Tenancy } from './tenancy.ts'
import type { Attacker, World } from './world.ts'

/** A world in which A has its rows and B does not have them yet. */
export type Setting = {
  world: World
  /** Puts B's rows in, as they were tried out before. */
  replayB(): Promise<void>
  /** The attacks on the prover's own holes. */
  planted: Set<Attack>
}

type Hooks = {
  prepare(pattern: string, roles: readonly string[]): Promise<void>
  within<Result>(work: (tx: Database) => Promise<Result>): Promise<Result>
}

/** Reads the catalogue, seeds A, tries out B's rows and takes them back. */
export async function buildWorld(
  db: Database,
  options: ProveOptions,
  staff: readonly string[],
  hooks: Hooks,
): Promise<Setting> {
  const catalog = await readCatalog(db, options.schemas)
  const tenancy = findTenancy(catalog, options)
  const actors = findActors(catalog, staff).filter(({ trusted }) => !trusted)
  const roles = [...new Set(actors.map(({ role }) => role))]
  const found = harvest(catalog)
  const [tagA, tagB] = [drawTag(), drawTag()]
  const wanted = ({ grants }: Relation) => grants.some(({ role }) => roles.includes(role))
  const plan = planSeeds(catalog, tenancy, wanted)
  const lessons: Lessons = new Map()
  const a = await ownerOf(db, catalog, tenancy, tagA, undefined, options.client)
  const b = await ownerOf(
    db,
    catalog,
    tenancy,
    tagB,
    options.client === undefined ? tagA.text : undefined,
    options.other,
  )
  const patterns = {
    a: ownPatternOf(tagA, tagB, keyOf(a)),
    b: patternOf(tagB, keyOf(b)),
    both: `${patternOf(tagA, keyOf(a))}|${patternOf(tagB, keyOf(b))}`,
  }
  await hooks.prepare(patterns.b, roles)
  const seed = async (tx: Database, owner: Owner) => {
    const seeded = await seedClient(tx, catalog, tenancy, plan, owner, lessons)
    await seedStorage(tx, catalog, withBucket(owner, plan, seeded), seeded)
    return seeded
  }
  const seededA = await seed(db, a)
  await seedPlanted(db, a)
  let neighbours: string[] = []
  const seededB = await hooks.within(async (tx) => {
    const seeded = await seed(tx, b)
    neighbours = await neighboursOf(
      tx,
      tenancy,
      b.tenant,
      registryRow(catalog, tenancy, plan, b, seeded, lessons),
    )
    return seeded
  })

  const claim = options.claim === undefined ? undefined : parseClaim(options.claim)
  const [idA, idB] = [identityOf(tenancy, a, seededA), identityOf(tenancy, b, seededB)]
  const world: World = {
    catalog,
    tenancy,
    found,
    a,
    b,
    seededA,
    seededB,
    patterns,
    attackers: actors.map((actor) => attackerOf(actor, idA, idB, tenancy, found, claim, neighbours)),
    targets: targetsOf(catalog, tenancy, a, b, seededA, seededB).filter(
      ({ relation }) => options.tables === undefined || options.tables.includes(nameOf(relation)),
    ),
    claimsOfB: ownClaims({ role: 'authenticated', standing: 'member' }, idB, tenancy.column, found, claim),
    fresh: (relation, whose, turn, person) => {
      const owner = whose === 'a' ? a : b
      const planned = plan.find((each) => each.relation === relation) ?? {
        relation,
        owned: tenancy.owned.find((each) => each.relation === relation),
        required: false,
      }
      const fixed = settledValues(
        catalog,
        tenancy,
        planned,
        owner,
        person ?? owner.member,
        0,
        whose === 'a' ? seededA : seededB,
      )
      const { tag, prefix } = owner
      return draftValues(
        { relation, fixed, tag, prefix, table: plan.indexOf(planned) + 1, turn },
        lessonOf(lessons, relation),
      )
    },
  }
  const replayB = () => db.script(seededB.statements.map(({ text }) => text).join(';\n'))
  return {
    world,
    replayB: seededB.statements.length === 0 ? async () => undefined : replayB,
    planted: new Set(),
  }
}

/** The key of a client that exists, where it is long enough to be known again among other values. */
function keyOf({ exists, tenant }: Owner): string | undefined {
  return exists && tenant.length >= 6 ? tenant : undefined
}

function attackerOf(
  actor: Actor,
  a: Identity,
  b: Identity,
  tenancy: Tenancy,
  found: Harvest,
  claim: ClaimOption | undefined,
  neighbours: readonly string[],
): Attacker {
  return { ...actor, contexts: contextsOf(actor, a, b, tenancy.column, found, claim, neighbours) }
}

/** The values of a further row of the registry. */
function registryRow(
  catalog: Catalog,
  tenancy: Tenancy,
  plan: readonly Planned[],
  owner: Owner,
  seeded: Seeded,
  lessons: Lessons,
): Map<string, string> {
  const planned = plan.find(({ relation }) => relation === tenancy.registry?.relation)
  if (planned === undefined) return new Map()
  const { relation } = planned
  const fixed = settledValues(catalog, tenancy, planned, owner, owner.member, 0, seeded)
  const { tag, prefix } = owner
  const draft = { relation, fixed, tag, prefix, table: plan.indexOf(planned) + 1, turn: 61 }
  return draftValues(draft, lessonOf(lessons, relation))
}

async function ownerOf(
  db: Database,
  catalog: Catalog,
  { registry, type }: Tenancy,
  tag: Tag,
  prefix: string | undefined,
  given: string | undefined,
): Promise<Owner> {
  const own = { tag, prefix, member: uuid(tag, 1, 0), admin: uuid(tag, 1, 1) }
  const words = storageWords(catalog)
  const bucket = `${words.prefix}${prefix === undefined ? tag.text : `${prefix}-${tag.text}`}`
  if (given === undefined) return { ...own, tenant: newTenant(type, tag, prefix), exists: false, bucket }
  const row =
    registry === undefined
      ? undefined
      : await selectRow(db, registry.relation, clientCondition(registry.relation, registry.column, given))
  const tenant = registry === undefined ? given : row?.[registry.column]
  if (tenant === undefined || tenant === null) {
    throw new FlowsError('CLIENT_NOT_FOUND', `There is no client "${given}"`, {
      hint: 'See all clients with: client:list',
    })
  }
  return { ...own, tenant, exists: true, bucket }
}

function newTenant(type: string, tag: Tag, prefix: string | undefined): string {
  if (type === 'uuid') return uuid(tag, 0, 0)
  if (/^(bigint|integer|numeric)/.test(type)) return String(tag.number * 100 + 7)
  if (type === 'smallint') return String(tag.number % 30_000)
  if (/^(text|character|citext)/.test(type)) return textOf({ tag, prefix, place: 0, turn: 0 })
  return randomUUID()
}

function identityOf({ registry, membership }: Tenancy, owner: Owner, { rows }: Seeded): Identity {
  const row: Row | undefined = registry === undefined ? undefined : rows.get(registry.relation.oid)?.[0]
  const code =
    Object.entries(row ?? {}).find(([column, value]) => /(code|slug)$/.test(column) && value !== null)?.[1] ??
    undefined
  const people =
    membership === undefined
      ? []
      : (rows.get(membership.relation.oid) ?? []).map((each) => each[membership.user])
  return {
    tenant: owner.tenant,
    member: people[0] ?? owner.member,
    admin: people[1] ?? people[0] ?? owner.admin,
    code,
  }
}

/** A bucket that the plan has seeded is the client's; else one of ours. */
function withBucket(owner: Owner, plan: readonly Planned[], { rows }: Seeded): Owner {
  const buckets = plan.find(({ relation }) => nameOf(relation) === 'storage.buckets')
  const made = buckets === undefined ? undefined : rows.get(buckets.relation.oid)?.[0]?.id
  return made == null ? owner : { ...owner, bucket: made }
}
