import { readdirSync, readFileSync } from 'node:fs'
import { join, posix } from 'node:path'
import ts from 'typescript'

/** One import of a file: what it names, and the file it leads to if that is ours. */
export type Import = { specifier: string; file: string | undefined }

/** A source file, parsed; `path` begins with src/ and has forward slashes. */
export type Source = { path: string; room: string; ast: ts.SourceFile; imports: readonly Import[] }

/** Parses one file. */
export function parseSource(path: string, text: string): Source {
  const ast = ts.createSourceFile(path, text, ts.ScriptTarget.ESNext, true)
  return { path, room: roomOf(path), ast, imports: importsOf(path, ast) }
}

/** Parses every TypeScript file below src/ of the repository. */
export function readSources(): Source[] {
  const root = new URL('../../', import.meta.url).pathname
  return readdirSync(join(root, 'src'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length))
    .map((path) => parseSource(path, readFileSync(join(root, path), 'utf8')))
}

/** The folder right below src/, or '' for a file that lies in src/ itself. */
export function roomOf(path: string): string {
  const [, room, ...rest] = path.split('/')
  return rest.length === 0 ? '' : (room ?? '')
}

/** Every node of a file. */
export function nodesOf(source: Source): ts.Node[] {
  const nodes: ts.Node[] = []
  const visit = (node: ts.Node) => {
    nodes.push(node)
    ts.forEachChild(node, visit)
  }
  visit(source.ast)
  return nodes
}

/** Where a node stands, for a message: "src/a/b.ts:12". */
export function place(source: Source, node: ts.Node): string {
  return `${source.path}:${source.ast.getLineAndCharacterOfPosition(node.getStart()).line + 1}`
}

function importsOf(path: string, ast: ts.SourceFile): Import[] {
  const imports: Import[] = []
  const note = (specifier: ts.Node | undefined) => {
    if (specifier === undefined || !ts.isStringLiteralLike(specifier)) return
    const isOurs = specifier.text.startsWith('.')
    imports.push({
      specifier: specifier.text,
      file: isOurs ? posix.join(posix.dirname(path), specifier.text) : undefined,
    })
  }
  const visit = (node: ts.Node) => {
    if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) note(node.moduleSpecifier)
    if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) note(node.argument.literal)
    if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword)
      note(node.arguments[0])
    ts.forEachChild(node, visit)
  }
  visit(ast)
  return imports
}
