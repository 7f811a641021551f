import * as z from 'zod/mini'
import { parseShape } from '../base/json-shape.ts'
import { codePattern, regions } from './client.ts'

const text = (about: string, ...checks: z.core.CheckFn<string>[]) =>
  z.string('must be a text').check(...checks, z.describe(about))

const code = (about: string) =>
  z
    .string('must be a text')
    .check(
      z.regex(codePattern, 'must be lower-case letters, digits and single dashes'),
      z.minLength(2, 'must have at least 2 characters'),
      z.maxLength(50, 'must have at most 50 characters'),
      z.describe(about),
    )

/** The shape of client-config.json: what client:create --config takes. */
export const clientConfigShape = z.strictObject(
  {
    $schema: z.optional(text('where this schema is')),
    clientCode: code('short name of the client; becomes bucket and sub-domain'),
    legalName: text("the company's name"),
    domain: z.optional(text('the host under which the client is reached')),
    region: z.enum(regions, `must be one of ${regions.join(', ')}`).check(z.describe('where its data lives')),
    tier: z.optional(code('what the client may use; free if not given')),
    applications: z.optional(
      z
        .array(code('code of a built-in application'), 'must be a list')
        .check(z.describe('the applications to install')),
    ),
  },
  'must be an object',
)

/** A client as a configuration file describes it. */
export type ClientConfig = Omit<z.infer<typeof clientConfigShape>, '$schema'>

/** Reads the text of a client-config.json; `name` is what it is called in messages. Throws CLIENT_CONFIG_INVALID. */
export function parseClientConfig(text: string, name: string): ClientConfig {
  const { $schema, ...config } = parseShape(clientConfigShape, text, {
    name,
    code: 'CLIENT_CONFIG_INVALID',
    hint: 'Compare it with templates/client-config.json; an editor checks it with config/client-config.schema.json.',
  })
  return config
}
