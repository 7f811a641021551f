import * as z from 'zod/mini'
import { parseShape } from '../base/json-shape.ts'

const text = (most: number, about: string) =>
  z
    .string('must be a text')
    .check(
      z.regex(/^[^\p{C}]*\S[^\p{C}]*$/u, 'must have printable characters only'),
      z.maxLength(most, `must have at most ${most} characters`),
      z.describe(about),
    )

const branding = z
  .strictObject(
    {
      title: z.optional(text(200, "what the application is called on the client's pages")),
      primaryColor: z.optional(
        z
          .string('must be a text')
          .check(
            z.regex(/^#[0-9a-fA-F]{6}$/, 'must be a colour such as #1f3a5f'),
            z.describe('colour of buttons and links'),
          ),
      ),
      logoPath: z.optional(text(500, "path of the logo in the client's bucket")),
    },
    'must be an object with title, primaryColor and logoPath',
  )
  .check(z.describe("how the application looks on the client's pages"))

const invitations = z
  .strictObject(
    {
      maxExpiry: z.optional(
        z
          .string('must be a text')
          .check(
            z.regex(/^[1-9][0-9]{0,6}[smhdw]$/, 'must be a duration such as 30d'),
            z.describe('the longest life of an invitation to this application'),
          ),
      ),
    },
    'must be an object with maxExpiry',
  )
  .check(z.describe('rules for the invitations to this application'))

/** The shape of app-config.json: an application as app:install takes it. */
export const appConfigShape = z.strictObject(
  {
    $schema: z.optional(z.string('must be a text').check(z.describe('where this schema is'))),
    appCode: z
      .string('must be a text')
      .check(
        z.regex(/^[a-z0-9]+(-[a-z0-9]+)*$/, 'must be lower-case letters, digits and single dashes'),
        z.minLength(2, 'must have at least 2 characters'),
        z.maxLength(50, 'must have at most 50 characters'),
        z.describe('short name of the application'),
      ),
    appName: text(200, 'what people call it'),
    permissions: z
      .array(
        z
          .string('must be a text')
          .check(
            z.regex(/^[a-z0-9]+([:._-][a-z0-9]+)*$/, 'must be a name such as documents:read'),
            z.maxLength(64, 'must have at most 64 characters'),
          ),
        'must be a list',
      )
      .check(
        z.maxLength(200, 'must have at most 200 permissions'),
        z.refine((names) => new Set(names).size === names.length, 'must name each permission once'),
        z.describe('what an invitation to this application may grant'),
      ),
    settings: z.optional(
      z
        .catchall(
          z.object(
            { branding: z.optional(branding), invitations: z.optional(invitations) },
            'must be an object',
          ),
          z.json(),
        )
        .check(
          z.describe(
            'what the application reads; anything beside branding and invitations is its own affair',
          ),
        ),
    ),
  },
  'must be an object',
)

/** An application as a configuration file describes it: its permissions are all that an invitation may grant. */
export type AppConfig = {
  appCode: string
  appName: string
  permissions: string[]
  settings: Record<string, unknown>
}

/** Reads the text of an app-config.json; `name` is what it is called in messages. Throws APPLICATION_CONFIG_INVALID. */
export function parseAppConfig(text: string, name: string): AppConfig {
  const { appCode, appName, permissions, settings } = parseShape(appConfigShape, text, {
    name,
    code: 'APPLICATION_CONFIG_INVALID',
    hint: 'Compare it with templates/app-config.json; an editor checks it with config/app-config.schema.json.',
  })
  return { appCode, appName, permissions, settings: settings ?? {} }
}
