import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import * as z from 'zod/mini'
import { parseShape } from '../base/json-shape.ts'
import { packagePath } from '../base/package-folder.ts'

function wholeNumber(most: number, about: string) {
  return z
    .int('must be a whole number')
    .check(
      z.minimum(1, 'must be at least 1'),
      z.maximum(most, `must be at most ${most.toLocaleString('en')}`),
      z.describe(about),
    )
}

const tierShape = z.strictObject(
  {
    maxUsers: wholeNumber(1_000_000_000, 'how many active members a client may have'),
    storageGB: z
      .number('must be a number')
      .check(
        z.positive('must be above 0'),
        z.maximum(1_000_000, 'must be at most 1,000,000'),
        z.describe('how much a client may store, in units of 1024^3 bytes'),
      ),
    invitationsPerHour: z.optional(
      wholeNumber(1_000_000_000, 'how many invitations a client may issue in an hour; 20,000 if left out'),
    ),
    usageDays: z.optional(wholeNumber(36_500, 'for how many days usage is kept; 400 if left out')),
    invitationDays: z.optional(
      wholeNumber(36_500, 'for how many days an invitation is kept after its end; 365 if left out'),
    ),
    auditDays: z.optional(
      wholeNumber(36_500, 'for how many days the audit trail is kept; 1,095 if left out'),
    ),
    features: z
      .array(
        z
          .string('must be a text')
          .check(z.regex(/^[a-z0-9]+(-[a-z0-9]+)*$/, 'must be lower-case letters, digits and single dashes')),
        'must be a list',
      )
      .check(z.describe('what else the tier includes, by name')),
  },
  'must be an object with maxUsers, storageGB and features',
)

/** The shape of client-tiers.json: what the clients of each tier may use, by the tier's name. */
export const tiersShape = z
  .catchall(z.object({ $schema: z.optional(z.string('must be a text')) }, 'must be an object'), tierShape)
  .check(
    z.refine(
      (tiers) => Object.keys(tiers).every((name) => name === '$schema' || isTierName(name)),
      'must name its tiers with 1 to 50 lower-case letters, digits and single dashes',
    ),
  )

/** What the clients of a tier may use, as client-tiers.json says it. */
export type ConfiguredTier = z.infer<typeof tierShape>

function isTierName(name: string): boolean {
  return name.length <= 50 && /^[a-z0-9]+(-[a-z0-9]+)*$/.test(name)
}

/** Reads config/client-tiers.json of the project, or of the package where the project has none; throws TIERS_INVALID. */
export function readTiers(projectFolder: string): Readonly<Record<string, ConfiguredTier>> {
  const own = join(projectFolder, 'config', 'client-tiers.json')
  const path = existsSync(own) ? own : packagePath('config', 'client-tiers.json')
  return parseTiers(readFileSync(path, 'utf8'), path)
}

/** Reads the text of a client-tiers.json; `name` is what it is called in messages. */
export function parseTiers(text: string, name: string): Readonly<Record<string, ConfiguredTier>> {
  const { $schema, ...tiers } = parseShape(tiersShape, text, {
    name,
    code: 'TIERS_INVALID',
    hint: 'It must look like {"free": {"maxUsers": 100, "storageGB": 1, "features": ["invitations"]}}',
  })
  return tiers as Record<string, ConfiguredTier>
}
