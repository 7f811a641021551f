import { FlowsError } from '../../base/errors.ts'
import { forgetMigration, repairMigration } from '../../database/migrate/repair-migration.ts'
import { command } from '../command.ts'

/** Makes the ledger agree with the folder where that is what is meant. */
export const migrateRepair = command({
  name: 'migrate:repair',
  about: 'Make the ledger agree with the folder; changes no table of yours',
  details:
    'Only for when the database already is what the folder says. Runs nothing of a file and undoes nothing.',
  flags: {
    accept: { about: 'accept the file of this version, as it is now, as the one applied', value: 'version' },
    forget: { about: 'take a version out of the ledger whose file is gone for good', value: 'version' },
  },
  examples: ['migrate:repair --accept 002', 'migrate:repair --accept 002 --json'],
  run: async (session, { accept, forget }) => {
    if (accept !== undefined && forget === undefined) {
      return repairMigration(await session.owner(), session.settings.migrationsFolder, accept)
    }
    if (forget !== undefined && accept === undefined) return forgetMigration(await session.owner(), forget)
    throw new FlowsError('USAGE', 'Give either --accept or --forget', {
      hint: 'Accept an edited file: migrate:repair --accept <version>',
    })
  },
  say: ({ version, sha256 }) =>
    sha256 === null
      ? `Migration ${version} is no longer in the ledger.`
      : `Migration ${version} is accepted as its file is now (${sha256.slice(0, 12)}).`,
})
