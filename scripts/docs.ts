import { writeFileSync } from 'node:fs'
import { packagePath } from '../src/base/package-folder.ts'
import { generateDocuments } from './documents.ts'

// Writes what is generated in the documentation; scripts/check.ts complains when this was forgotten.
for (const { path, present, wanted } of await generateDocuments()) {
  if (present !== wanted) writeFileSync(packagePath(path), wanted)
  process.stdout.write(`${path} ${present === wanted ? 'was up to date' : 'was written anew'}\n`)
}
