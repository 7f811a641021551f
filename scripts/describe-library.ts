import { relative } from 'node:path'
import ts from 'typescript'
import { packagePath } from '../src/base/package-folder.ts'
import { markdownTable } from './markdown-table.ts'

/** The reference of the library: what src/index.ts exports, each with the sentence of its declaration. */
export function describeLibrary(): string {
  const index = packagePath('src/index.ts')
  const { config } = ts.readConfigFile(packagePath('tsconfig.json'), ts.sys.readFile)
  const { options } = ts.convertCompilerOptionsFromJson(config.compilerOptions, packagePath())
  const program = ts.createProgram([index], options)
  const checker = program.getTypeChecker()
  const file = program.getSourceFile(index)
  const module = file && checker.getSymbolAtLocation(file)
  if (module === undefined) throw new Error('src/index.ts exports nothing')
  const rows = checker.getExportsOfModule(module).map((exported) => {
    const symbol = exported.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(exported) : exported
    const sentence = ts.displayPartsToString(symbol.getDocumentationComment(checker)).replace(/\s+/g, ' ')
    return [`\`${exported.name}\``, kindOf(symbol), homeOf(symbol), sentence]
  })
  return markdownTable(['name', 'kind', 'declared in', 'what it promises'], rows)
}

function kindOf(symbol: ts.Symbol): string {
  if (symbol.flags & ts.SymbolFlags.Function) return 'function'
  if (symbol.flags & ts.SymbolFlags.Class) return 'class'
  return symbol.flags & ts.SymbolFlags.Variable ? 'constant' : 'type'
}

function homeOf(symbol: ts.Symbol): string {
  const path = symbol.declarations?.[0]?.getSourceFile().fileName
  if (path === undefined) throw new Error(`${symbol.name} is exported and declared nowhere`)
  const shown = relative(packagePath(), path)
  return `[${shown.replace('src/', '')}](../${shown})`
}
