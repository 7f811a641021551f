import type { GivenSettings } from './given.ts'
import { settingDefinitions } from './setting-table.ts'
import type { ShownSetting } from './settings.ts'

const generatedByEmbedded: readonly string[] = ['JWT_SECRET', 'FLOWS_MASTER_KEY']

/** Every setting as it may be shown: a secret only as set, an address without its password. */
export function showSettings(given: GivenSettings, embedded: boolean): readonly ShownSetting[] {
  return settingDefinitions.map(([name, definition]) => {
    const value = given.get(name)
    if (value !== undefined) {
      const shown = definition.secret === true ? '********' : withoutPassword(value.text)
      return { name, value: shown, origin: value.origin }
    }
    return embedded && generatedByEmbedded.includes(name)
      ? { name, value: '********', origin: 'generated' }
      : { name, value: null, origin: 'unset' }
  })
}

function withoutPassword(text: string): string {
  if (!URL.canParse(text)) return text
  const url = new URL(text)
  if (url.searchParams.has('password')) url.searchParams.set('password', '********')
  if (url.password !== '') url.password = '********'
  return url.host === '' && url.search === '' ? text : url.href
}
