import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { build, type OutputFile } from 'esbuild'
import { packagePath } from '../src/base/package-folder.ts'
import { loadCommands } from '../src/cli/commands.ts'
import { helpPages } from '../src/cli/help.ts'
import { version } from '../src/cli/version.ts'

// A bundled CommonJS package asks for node's own modules by require, which an ES module does not have.
const requireLine =
  "import { createRequire } from 'node:module';const require = createRequire(import.meta.url);\n"

/**
 * Writes the program and the library into a folder, in chunks that load when they are wanted, and the pages of help.
 * Dependencies are bundled in, because finding and loading their many files costs a command a third of its time.
 */
export async function bundle(folder: string): Promise<void> {
  rmSync(folder, { recursive: true, force: true })
  const { outputFiles } = await build({
    entryPoints: { cli: packagePath('src/cli/main.ts'), index: packagePath('src/index.ts') },
    outdir: folder,
    chunkNames: 'chunks/[name]-[hash]',
    bundle: true,
    splitting: true,
    write: false,
    format: 'esm',
    platform: 'node',
    target: 'node20.12',
    minifySyntax: true,
    minifyWhitespace: true,
    external: ['pg-native'],
    legalComments: 'linked',
    logLevel: 'warning',
  })
  for (const file of outputFiles) writeChunk(file)
  await bundleVerify(folder)
  await writeHelp(join(folder, 'help'))
}

/** The module that verifies tokens anywhere: one file, in which nothing of Node can be, since it is built for browsers. */
async function bundleVerify(folder: string): Promise<void> {
  await build({
    entryPoints: { verify: packagePath('src/verify/verify-invitation.ts') },
    outdir: folder,
    bundle: true,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    minify: true,
    logLevel: 'warning',
  })
}

function writeChunk({ path, text }: OutputFile): void {
  const isProgram = path.endsWith('cli.js')
  const needsRequire = text.includes('Dynamic require of')
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, needsRequire ? requireLine + text : text, { mode: isProgram ? 0o755 : 0o644 })
}

/** One file a page, so that help reads a few hundred bytes and loads nothing. */
async function writeHelp(folder: string): Promise<void> {
  mkdirSync(folder)
  const pages = [...helpPages(await loadCommands()), ['version', `${version()}\n`] as const]
  for (const [name, text] of pages) writeFileSync(join(folder, `${name.replaceAll(':', '-')}.txt`), text)
}
