import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { now } from '../../base/clock.ts'
import { FlowsError } from '../../base/errors.ts'
import { byText, listMigrationNames } from './read-migrations.ts'

/** The file that a new migration starts from, if the folder has it; {{title}} in it becomes the name in words. */
export const templateFile = 'migration-template.sql'

/**
 * Writes the next migration of a folder, from the folder's template, and gives its path. The version is one
 * more than the last, in the same width; after 14-digit versions it is the present time in UTC.
 * Throws MIGRATION_NAME_INVALID for anything but lower-case words joined by underscores.
 */
export async function newMigration(folder: string, name: string): Promise<string> {
  checkName(name)
  await mkdir(folder, { recursive: true }).catch(refuseToWrite(folder))
  const last = (await listMigrationNames(folder)).at(-1)?.version
  const file = join(folder, `${nextVersion(last)}_${name}.sql`)
  await writeFile(file, await template(folder, name), { flag: 'wx' }).catch(refuseToWrite(file))
  return file
}

function checkName(name: string): void {
  if (/^[a-z][a-z0-9]*(?:_[a-z0-9]+)*$/.test(name) && name.length <= 100) return
  const better = name
    .toLowerCase()
    .replace(/\.sql$/, '')
    .replace(/[^a-z0-9]+/g, '_')
    .replace(/^[0-9_]+|_+$/g, '')
    .slice(0, 100)
  throw new FlowsError('MIGRATION_NAME_INVALID', `"${name}" is not a name for a migration`, {
    hint: `Write lower-case words joined by underscores, for example: migrate:new ${better || 'add_client_notes'}`,
  })
}

const widthOfTime = 14

function nextVersion(last: string | undefined): string {
  if (last === undefined) return '001'
  const next = String(BigInt(last) + 1n).padStart(last.length, '0')
  if (last.length !== widthOfTime && next.length === last.length) return next
  const time = now().toISOString().replace(/[-:T]/g, '').slice(0, widthOfTime)
  const version = last.length > widthOfTime || byText(time, last) <= 0 ? next : time
  if (byText(version, last) > 0) return version
  throw new FlowsError(
    'MIGRATION_NAME_INVALID',
    `No version of ${last.length} digits is left after ${last}`,
    {
      hint: 'Name the file by hand with a version that comes after it in text order.',
    },
  )
}

async function template(folder: string, name: string): Promise<string> {
  const title = name.replaceAll('_', ' ').replace(/^./, (letter) => letter.toUpperCase())
  try {
    return (await readFile(join(folder, templateFile), 'utf8')).replaceAll('{{title}}', title)
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return `-- ${title}\n`
    throw new FlowsError('FILE_UNREADABLE', `The file ${join(folder, templateFile)} cannot be read`, {
      hint: 'Check its permissions.',
      cause,
    })
  }
}

function refuseToWrite(path: string): (cause: unknown) => never {
  return (cause) => {
    throw new FlowsError('FILE_UNWRITABLE', `${basename(path)} cannot be written`, {
      hint: 'Check the permissions of its folder, and that no such file is there already.',
      cause,
    })
  }
}
