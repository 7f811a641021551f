import { writeFileSync } from 'node:fs'
import * as z from 'zod/mini'
import { alertRulesShape } from '../src/alerts/alert-rules.ts'
import { appConfigShape } from '../src/applications/app-config.ts'
import { packagePath } from '../src/base/package-folder.ts'
import { clientConfigShape } from '../src/clients/client-config.ts'
import { tiersShape } from '../src/config/tiers.ts'

const shapes = {
  'alert-rules.schema.json': { title: 'The alert rules of flows-db', shape: alertRulesShape },
  'app-config.schema.json': { title: 'An application of flows-db', shape: appConfigShape },
  'client-config.schema.json': { title: 'A client of flows-db', shape: clientConfigShape },
  'client-tiers.schema.json': { title: 'The tiers of flows-db', shape: tiersShape },
}

/** The JSON Schemas of the configuration files, by file name, written from the shapes that read those files. */
export function jsonSchemas(): ReadonlyMap<string, string> {
  return new Map(
    Object.entries(shapes).map(([file, { title, shape }]) => {
      const { $schema, ...schema } = z.toJSONSchema(shape, { io: 'input' })
      return [file, `${JSON.stringify({ $schema, title, ...schema }, null, 2)}\n`]
    }),
  )
}

/** Writes the JSON Schemas into config/. */
export function writeJsonSchemas(): void {
  for (const [file, text] of jsonSchemas()) writeFileSync(packagePath('config', file), text)
}

if (import.meta.filename === process.argv[1]) writeJsonSchemas()
