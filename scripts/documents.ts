import { readFileSync } from 'node:fs'
import { parseAlertRules } from '../src/alerts/alert-rules.ts'
import { prometheusRules } from '../src/alerts/prometheus-rules.ts'
import { packagePath } from '../src/base/package-folder.ts'
import { loadCommands } from '../src/cli/commands.ts'
import { describeCommands } from './describe-commands.ts'
import { describeErrors } from './describe-errors.ts'
import { describeHealth } from './describe-health.ts'
import { describeLibrary } from './describe-library.ts'
import { describeExitCodes, describeSettings } from './describe-settings.ts'
import { jsonSchemas } from './json-schemas.ts'
import { schemaFingerprint } from './schema-fingerprint.ts'

/** A document of the repository as it is and as it should be. */
export type Document = { path: string; present: string; wanted: string }

/** The documents that are generated or hold generated blocks, each made anew. */
export async function generateDocuments(): Promise<Document[]> {
  const path = 'docs/API_REFERENCE.md'
  const present = readFileSync(packagePath(path), 'utf8')
  const blocks = new Map([
    ['commands', describeCommands(await loadCommands())],
    ['settings', describeSettings()],
    ['exit codes', describeExitCodes()],
    ['error codes', describeErrors()],
    ['library', describeLibrary()],
  ])
  return [
    { path, present, wanted: fillBlocks(present, blocks) },
    generateHealth(),
    ...generateSchemas(),
    await generateFingerprint(),
    generateRules(),
  ]
}

/** The alert rules that ship, for Prometheus. */
function generateRules(): Document {
  const name = 'config/alert-rules.json'
  const rules = parseAlertRules([{ name, text: readFileSync(packagePath(name), 'utf8') }])
  const path = 'config/prometheus-rules.yml'
  const wanted = `# Generated from alert-rules.json by: pnpm run docs\n${prometheusRules(rules)}`
  return { path, present: readFileSync(packagePath(path), 'utf8'), wanted }
}

function generateHealth(): Document {
  const path = 'docs/HEALTH.md'
  const present = readFileSync(packagePath(path), 'utf8')
  return { path, present, wanted: fillBlocks(present, new Map([['health checks', describeHealth()]])) }
}

async function generateFingerprint(): Promise<Document> {
  const path = 'config/schema-fingerprint.txt'
  return { path, present: readFileSync(packagePath(path), 'utf8'), wanted: await schemaFingerprint() }
}

function generateSchemas(): Document[] {
  return [...jsonSchemas()].map(([file, wanted]) => {
    const path = `config/${file}`
    return { path, present: readFileSync(packagePath(path), 'utf8'), wanted }
  })
}

/** Puts each block between its markers, `<!-- generated: name -->` and `<!-- end -->`; a marker without block, or the reverse, is an error. */
export function fillBlocks(text: string, blocks: ReadonlyMap<string, string>): string {
  const unused = new Set(blocks.keys())
  const filled = text.replace(
    /(<!-- generated: ([a-z ]+) -->\n)[\s\S]*?(<!-- end -->)/g,
    (_, start: string, name: string, end: string) => {
      const block = blocks.get(name)
      if (block === undefined) throw new Error(`Nothing generates the block "${name}"`)
      unused.delete(name)
      return `${start}\n${block}\n\n${end}`
    },
  )
  if (unused.size > 0) throw new Error(`No markers for: ${[...unused].join(', ')}`)
  return filled
}
