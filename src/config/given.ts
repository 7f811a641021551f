import type { SettingName } from './setting-table.ts'
import type { Origin } from './settings.ts'

/** A value and where it came from. */
export type Given = { text: string; origin: Origin }

/** Every setting that has a value. */
export type GivenSettings = ReadonlyMap<SettingName, Given>
