import { join, relative } from 'node:path'
import { FlowsError } from '../../base/errors.ts'
import { newMigration } from '../../database/migrate/new-migration.ts'
import { command } from '../command.ts'

/** Writes the next migration file. */
export const migrateNew = command({
  name: 'migrate:new',
  about: 'Write the next migration file, from migrations/migration-template.sql',
  arguments: [{ name: 'name', about: 'lower-case words joined by underscores', required: true }],
  flags: {},
  examples: ['migrate:new add_client_notes', 'migrate:new add_client_notes --json'],
  run: async ({ settings: { projectFolder, migrationsFolder } }, _flags, name) => {
    if (migrationsFolder !== join(projectFolder, 'migrations')) {
      throw new FlowsError('MIGRATION_FOLDER_MISSING', 'This project has no migrations of its own', {
        hint: `Copy those of the package first: cp -R "${migrationsFolder}" "${projectFolder}"`,
      })
    }
    return { file: relative(projectFolder, await newMigration(migrationsFolder, name)) }
  },
  say: ({ file }) => `Wrote ${file}. Fill it in, then run: migrate:up --dry-run`,
})
