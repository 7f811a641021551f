import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { packagePath } from '../base/package-folder.ts'
import type { AlertRules } from './alert-rule.ts'
import { parseAlertRules } from './alert-rules.ts'

/**
 * The rules that ship with flows-db, changed and added to by config/alert-rules.json of the project; throws
 * ALERT_RULES_INVALID.
 */
export function readAlertRules(projectFolder: string): AlertRules {
  const shipped = packagePath('config', 'alert-rules.json')
  const own = join(projectFolder, 'config', 'alert-rules.json')
  const texts = own !== shipped && existsSync(own) ? [shipped, own] : [shipped]
  return parseAlertRules(texts.map((name) => ({ name, text: readFileSync(name, 'utf8') })))
}
