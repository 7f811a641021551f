import { exitStatuses } from '../src/cli/exit-status.ts'
import { settingDefinitions } from '../src/config/setting-table.ts'
import { markdownTable } from './markdown-table.ts'

/** The reference of all settings. */
export function describeSettings(): string {
  return markdownTable(
    ['variable', 'key in `flows-db.config.json`', 'meaning', 'default'],
    settingDefinitions.map(([name, { key, about, default: preset, secret }]) => [
      `\`${name}\``,
      secret === true ? 'not there: a secret' : `\`${key}\``,
      about,
      preset === undefined ? '' : `\`${preset}\``,
    ]),
  )
}

/** The reference of all exit statuses. */
export function describeExitCodes(): string {
  return markdownTable(
    ['exit status', 'meaning'],
    exitStatuses.map(([status, meaning]) => [String(status), meaning]),
  )
}
