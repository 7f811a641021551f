/** A line of the fingerprint, taken apart: what it speaks of, and what it says of it. */
export type Described = { kind: string; name: string; table: string | null; text: string }

const name = String.raw`(?:"[^"]+"|[\w$])+`
const path = `${name}(?:\\.${name})*`

const shapes: readonly (readonly [string, RegExp])[] = [
  ['schema', new RegExp(`^schema (?<name>${name}) (?<text>.*)$`)],
  ['relation', new RegExp(`^relation (?<name>${path}) (?<text>.*)$`)],
  ['column', new RegExp(`^column (?<table>${name}\\.${name})\\.(?<name>${name}) (?<text>.*)$`)],
  ['constraint', new RegExp(`^constraint (?<table>${name}\\.${name})\\.(?<name>${name}) (?<text>.*)$`)],
  [
    'index',
    new RegExp(
      `^index (?<text>CREATE (?:UNIQUE )?INDEX (?<name>${name}) ON (?:ONLY )?(?<table>${path}) .*)$`,
    ),
  ],
  ['policy', new RegExp(`^policy (?<name>${name}) on (?<table>${path}) (?<text>.*)$`)],
  [
    'trigger',
    new RegExp(
      `^trigger (?<text>CREATE (?:CONSTRAINT )?TRIGGER (?<name>${name}) .*? ON (?<table>${path}) .*)$`,
    ),
  ],
  ['rule', new RegExp(`^rule (?<text>CREATE RULE (?<name>${name}) AS.* TO (?<table>${path}) .*)$`)],
  ['view', new RegExp(`^view (?<name>${path}) (?<text>as .*)$`)],
  ['function', /^function (?<name>.+?\)) (?<text>owner .*)$/],
  ['type', new RegExp(`^type (?<name>${path}) (?<text>.*)$`)],
  ['sequence', new RegExp(`^sequence (?<name>${path}) (?<text>.*)$`)],
  ['role', new RegExp(`^role (?<name>${name}) (?<text>.*)$`)],
  ['grant', /^(?<name>grant .*)$/],
]

/** Takes a line apart; one of no known kind is a name and nothing else. */
export function describeLine(line: string): Described {
  for (const [kind, shape] of shapes) {
    const found = shape.exec(line)?.groups
    if (found !== undefined) {
      return { kind, name: found.name ?? '', table: found.table ?? null, text: found.text ?? '' }
    }
  }
  return { kind: 'other', name: line, table: null, text: '' }
}

/**
 * What makes a thing that is missing, or makes it again where it is `changed`; undefined where no SQL does it safely.
 * `relation` is the line of a view that has its options.
 */
export function makes(
  wanted: Described,
  changed: Described | undefined,
  relation: Described | undefined,
): string | undefined {
  const again = changed === undefined ? '' : `${drops(changed) ?? ''} `
  const text = wanted.text.replaceAll('\\n', '\n')
  switch (wanted.kind) {
    case 'policy':
      return `${again}create policy ${wanted.name} on ${wanted.table} ${text};`
    case 'constraint':
      return `${again}alter table ${wanted.table} add constraint ${wanted.name} ${text};`
    case 'index':
      return `${again}${text.replace(/ (invalid|clustered|replica identity)$/, '')};`
    case 'trigger':
      return `${again}${text.replace(/ enabled \w$/, '')};`
    case 'view':
      return `create or replace view ${wanted.name} with (${optionsOf(relation)}) ${text}`
    case 'function':
      return makesFunction(wanted, changed, text)
    case 'column':
      return makesColumn(wanted, changed)
    case 'relation':
      return makesRelation(wanted, changed)
    case 'grant':
      return `${ofColumn(wanted.name)};`
    case 'role':
      return changed === undefined ? undefined : `alter role ${wanted.name} ${attributes(wanted.text)};`
    default:
      return undefined
  }
}

/** What takes away a thing that should not be there; undefined where that would lose data. */
export function drops({ kind, name: what, table }: Described): string | undefined {
  switch (kind) {
    case 'policy':
      return `drop policy ${what} on ${table};`
    case 'trigger':
      return `drop trigger ${what} on ${table};`
    case 'rule':
      return `drop rule ${what} on ${table};`
    case 'constraint':
      return `alter table ${table} drop constraint ${what};`
    case 'index':
      return `drop index ${(table ?? '').split('.')[0]}.${what};`
    case 'grant':
      return `${ofColumn(what)
        .replace(/^grant /, 'revoke ')
        .replace(/ to (\S+)( with grant option)?$/, ' from $1')};`
    default:
      return undefined
  }
}

/** `grant select on column s.t.c to r` as SQL has it: the column stands behind the verb. */
function ofColumn(grant: string): string {
  return grant.replace(/^grant (\w+) on column (.+)\.([^.]+) to /, 'grant $1 ($3) on $2 to ')
}

function makesFunction(wanted: Described, changed: Described | undefined, text: string): string | undefined {
  const [owner = '', ...definition] = text.split(': ')
  if (
    changed !== undefined &&
    changed.text.replace(/^owner \S+:/, '') === wanted.text.replace(/^owner \S+:/, '')
  ) {
    return `alter function ${wanted.name} owner to current_user;`
  }
  if (owner === '') return undefined
  const made = `${definition.join(': ').trimEnd()};`
  return changed === undefined ? `${made} revoke all on function ${wanted.name} from public;` : made
}

function makesColumn(wanted: Described, changed: Described | undefined): string | undefined {
  const target = `alter table ${wanted.table}`
  if (changed === undefined)
    return / generated | identity /.test(wanted.text)
      ? undefined
      : `${target} add column ${wanted.name} ${wanted.text};`
  const present = partsOfColumn(changed.text)
  const parts = partsOfColumn(wanted.text)
  if (present.type !== parts.type) return undefined
  const steps = [
    present.default === parts.default
      ? []
      : [parts.default === '' ? 'drop default' : `set default ${parts.default}`],
    present.notNull === parts.notNull ? [] : [parts.notNull ? 'set not null' : 'drop not null'],
  ].flat()
  return steps.length === 0
    ? undefined
    : `${target} ${steps.map((step) => `alter column ${wanted.name} ${step}`).join(', ')};`
}

function partsOfColumn(text: string): { type: string; notNull: boolean; default: string } {
  const [head = '', ...tail] = text.split(/ default /)
  return {
    type: head.replace(/ not null$/, ''),
    notNull: head.endsWith(' not null'),
    default: tail.join(' default '),
  }
}

function makesRelation(wanted: Described, changed: Described | undefined): string | undefined {
  if (changed === undefined) return undefined
  const isView = wanted.text.startsWith('kind v')
  if (optionsOf(wanted) !== optionsOf(changed) && isView) {
    return `alter view ${wanted.name} set (${optionsOf(wanted)});`
  }
  const ownerOf = (text: string) => /owner (\S+)/.exec(text)?.[1]
  return ownerOf(wanted.text) === ownerOf(changed.text)
    ? undefined
    : `alter ${isView ? 'view' : 'table'} ${wanted.name} owner to current_user;`
}

function optionsOf(relation: Described | undefined): string {
  return /with \{(.*)\}/.exec(relation?.text ?? '')?.[1] ?? ''
}

function attributes(text: string): string {
  const has = new Set(text.split(' '))
  return ['login', 'inherit', 'bypassrls', 'createrole', 'createdb', 'replication']
    .map((attribute) => (has.has(attribute) ? attribute : `no${attribute}`))
    .join(' ')
}
