import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/**
 * The absolute path of a file or folder that ships with flows-db (`migrations`, `templates`, ...),
 * the same whether the program runs from src/ or from the bundle in dist/.
 */
export function packagePath(...parts: readonly string[]): string {
  let folder = dirname(fileURLToPath(import.meta.url))
  while (!existsSync(join(folder, 'package.json'))) folder = dirname(folder)
  return join(folder, ...parts)
}
