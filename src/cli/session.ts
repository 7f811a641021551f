import { readFile } from 'node:fs/promises'
import { FlowsError } from '../base/errors.ts'
import { readSettings } from '../config/read-settings.ts'
import type { Settings } from '../config/settings.ts'
import type { Connection, Database } from '../database/database.ts'
import type { Session } from './command.ts'
import { loadCommands } from './commands.ts'
import { ifInterrupted, interruption } from './interruption.ts'
import type { ParsedLine } from './parse.ts'
import type { Terminal } from './terminal.ts'

/** A session that holds connections until it is closed. */
export type OpenSession = Session & { close(): Promise<void> }

/** The session of one run of a command: settings are read and connections made when they are first asked for. */
export function openSession(common: ParsedLine['common'], terminal: Terminal): OpenSession {
  const quiet = common.json || common.jsonl
  const tellProgress = !quiet && terminal.isErrorTerminal
  const settings = once(() => readSettings(common.dotenv === undefined ? {} : { dotenv: common.dotenv }))
  const opened: Connection[] = []
  const keep = async (connecting: Promise<Connection>): Promise<Connection> => {
    const connection = await connecting
    opened.push(connection)
    return connection
  }
  const progress = (text: string) => {
    if (tellProgress) void terminal.complain(`${text}\n`)
  }
  const staff = once(() => keep(openStaff(settings(), progress)))
  const owner = once(() => keep(openOwner(settings())))
  return {
    get settings() {
      return settings()
    },
    database: staff,
    owner,
    change: async (work) => changeIn(await staff(), common.dryRun, work),
    dryRun: common.dryRun,
    progress,
    tell: quiet ? undefined : terminal.print,
    interruption,
    ifInterrupted,
    warn: (text) =>
      void terminal.complain(`${quiet ? JSON.stringify({ warning: text }) : `warning ${text}`}\n`),
    confirm: (code, given, what) => confirm(terminal, quiet, code, given, what),
    readText: (path) => readText(terminal, path),
    readSecret: (question) =>
      terminal.isInputTerminal && terminal.isErrorTerminal
        ? terminal.askSecret(question)
        : readText(terminal, '-'),
    commands: loadCommands,
    close: async () => {
      await Promise.all(opened.map((connection) => connection.close()))
    },
  }
}

async function openStaff(settings: Settings, progress: (text: string) => void): Promise<Connection> {
  const { openAsStaff } = await import('../database/open.ts')
  return openAsStaff(settings, { progress, settingUp })

  /** What db:init does besides the migrations; the tiers are read first, so that a faulty file changes nothing. */
  async function settingUp() {
    const { readTiers } = await import('../config/tiers.ts')
    const tiers = readTiers(settings.projectFolder)
    return async (owner: Connection) => {
      const { finishDatabase } = await import('./finish-setup.ts')
      await finishDatabase(owner, tiers, progress)
    }
  }
}

async function openOwner(settings: Settings): Promise<Connection> {
  const { openAsOwner } = await import('../database/open.ts')
  return openAsOwner(settings)
}

async function changeIn<Result>(
  db: Database,
  dryRun: boolean,
  work: (tx: Database) => Promise<Result>,
): Promise<Result> {
  if (!dryRun) return db.transaction(work)
  const { takenBack } = await import('../database/one-transaction.ts')
  return takenBack(db, work)
}

async function confirm(
  terminal: Terminal,
  quiet: boolean,
  code: string,
  given: string | undefined,
  what: string,
): Promise<void> {
  const canAsk = !quiet && terminal.isInputTerminal && terminal.isErrorTerminal
  const typed = given ?? (canAsk ? await terminal.ask(`${what}\nType ${code} to go on: `) : undefined)
  if (typed === code) return
  throw new FlowsError(
    'CONFIRMATION_REQUIRED',
    typed === undefined
      ? `${what} This must be confirmed.`
      : 'What was typed is not the code; nothing was done',
    { hint: `Confirm with: --confirm ${code}` },
  )
}

async function readText(terminal: Terminal, path: string | undefined): Promise<string> {
  if (path === undefined || path === '-') {
    const waitsInVain = terminal.isInputTerminal && path === undefined
    const text = waitsInVain ? '' : (await terminal.readInput()).trim()
    if (text !== '') return text
    throw new FlowsError('USAGE', 'There is nothing to read', {
      hint: 'Pipe the text into the command, or name a file; "-" reads what is typed until Ctrl-D.',
    })
  }
  try {
    return (await readFile(path, 'utf8')).trim()
  } catch (cause) {
    throw new FlowsError('FILE_UNREADABLE', `The file ${path} cannot be read`, {
      hint: 'Check the path and its permissions.',
      cause,
    })
  }
}

function once<Value>(make: () => Value): () => Value {
  let made: { value: Value } | undefined
  return () => {
    made ??= { value: make() }
    return made.value
  }
}
