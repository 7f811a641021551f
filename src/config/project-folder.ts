import { existsSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { packagePath } from '../base/package-folder.ts'

const marks = ['flows-db.config.json', '.flows-db', 'package.json']

/** The nearest folder, going up, that has a flows-db.config.json, a .flows-db or a package.json; else `start` itself. */
export function findProjectFolder(start: string): string {
  for (let folder = resolve(start); ; folder = dirname(folder)) {
    if (marks.some((mark) => existsSync(join(folder, mark)))) return folder
    if (folder === dirname(folder)) return resolve(start)
  }
}

/** The project's own migrations/ if it begins with the first one of flows-db, else the folder of the package. */
export function findMigrationsFolder(project: string): string {
  const own = join(project, 'migrations')
  return existsSync(join(own, '001_initial_setup.sql')) ? own : packagePath('migrations')
}
