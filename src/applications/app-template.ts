import { readFile } from 'node:fs/promises'
import { FlowsError } from '../base/errors.ts'
import { packagePath } from '../base/package-folder.ts'
import { printable } from '../base/printable.ts'
import { type AppConfig, parseAppConfig } from './app-config.ts'

const files = { offboarding: 'app-config.json', onboarding: 'app-config-onboarding.json' }

/** The applications that come with flows-db, by code. */
export const appTemplates: readonly string[] = Object.keys(files)

/** The configuration of an application that comes with flows-db; throws APPLICATION_NOT_FOUND for any other. */
export async function readAppTemplate(appCode: string): Promise<AppConfig> {
  const file = Object.entries(files).find(([known]) => known === appCode)?.[1]
  if (file === undefined) {
    throw new FlowsError(
      'APPLICATION_NOT_FOUND',
      `There is no built-in application "${printable(appCode)}"`,
      {
        hint: `Built in: ${appTemplates.join(', ')}. Any other: app:install --client <code> --config <file>`,
      },
    )
  }
  return parseAppConfig(await readFile(packagePath('templates', file), 'utf8'), file)
}
