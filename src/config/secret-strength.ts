import { FlowsError } from '../base/errors.ts'
import type { SettingName } from './setting-table.ts'

const templates = /your[-_ ]|change[-_ ]?(me|this)|<[^>]*>|\[your|placeholder/i

// What sample files hold for secrets; Supabase's defaults for local work and self-hosting among them.
const samples = /replace[-_ ]|example|sample|secret[-_ ]?here|password|super-secret|x{6,}/i

/** Whether a value still has a gap that a sample file left for the user to fill. */
export function isTemplate(text: string): boolean {
  return templates.test(text)
}

/** Whether a secret is still the text of a sample file. */
export function isSample(secret: string): boolean {
  return isTemplate(secret) || samples.test(secret)
}

/** Throws SECRET_WEAK unless the secret is long and varied enough and not a sample. */
export function checkSecret(name: SettingName, secret: string): void {
  const fault = faultOf(secret)
  if (fault === undefined) return
  throw new FlowsError('SECRET_WEAK', `${name} ${fault}`, {
    hint: 'Make a new one with: openssl rand -base64 32',
  })
}

function faultOf(secret: string): string | undefined {
  if (isSample(secret)) return 'is still the text of a sample'
  const length = Buffer.byteLength(secret)
  if (length < 32) return `has only ${length} bytes; it needs 32 or more`
  if (new Set(secret).size < 10) return 'repeats too few characters'
  if (/^(.{1,16}?)\1+$/s.test(secret)) return 'repeats itself'
  return undefined
}
