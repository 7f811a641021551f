import { randomBytes } from 'node:crypto'
import { chmodSync, existsSync, linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import * as z from 'zod/mini'
import { FlowsError } from '../base/errors.ts'

const shape = z.strictObject({ jwtSecret: z.string(), masterKey: z.string() })

/** The secrets that the embedded default makes for itself, both 32 random bytes in base64. */
export type GeneratedSecrets = z.infer<typeof shape>

/**
 * The secrets kept in `<folder>/secrets.json` (mode 0600), made on first use. Several processes at once agree:
 * each writes a file of its own and links it to the name, which succeeds for exactly one.
 */
export function generatedSecrets(folder: string): GeneratedSecrets {
  const path = join(folder, 'secrets.json')
  const kept = read(path)
  if (kept !== undefined) return kept
  const draft = `${path}.${randomBytes(6).toString('hex')}`
  const secrets = { jwtSecret: random(), masterKey: random() }
  try {
    mkdirSync(folder, { recursive: true })
    writeFileSync(draft, `${JSON.stringify(secrets, null, 2)}\n`, { mode: 0o600, flag: 'wx' })
    chmodSync(draft, 0o600)
    linkSync(draft, path)
    return secrets
  } catch (cause) {
    const winner = read(path)
    if (winner !== undefined) return winner
    throw new FlowsError('FILE_UNWRITABLE', `The secrets cannot be kept in ${path}`, {
      hint: 'Make the folder writable, or set FLOWS_DB_DIR to another one.',
      cause,
    })
  } finally {
    rmSync(draft, { force: true })
  }
}

/** Whether the folder has secrets already, so that reading them makes none. */
export function hasGeneratedSecrets(folder: string): boolean {
  return existsSync(join(folder, 'secrets.json'))
}

function random(): string {
  return randomBytes(32).toString('base64')
}

function read(path: string): GeneratedSecrets | undefined {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw unreadable(path, cause)
  }
  try {
    return z.parse(shape, JSON.parse(text))
  } catch (cause) {
    throw unreadable(path, cause)
  }
}

function unreadable(path: string, cause: unknown): FlowsError {
  return new FlowsError('FILE_UNREADABLE', `The secrets of the embedded server cannot be read: ${path}`, {
    hint: 'Restore the file; without it the invitations and client keys made so far cannot be opened.',
    cause,
  })
}
