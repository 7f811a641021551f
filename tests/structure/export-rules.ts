import ts from 'typescript'
import { publicSurface } from './rooms.ts'
import { nodesOf, place, type Source } from './source.ts'

/** Exported declarations that do not say what they promise. */
export function exportsWithoutPromise(sources: readonly Source[]): string[] {
  return sources.flatMap((source) =>
    source.ast.statements
      .filter((statement) => isExported(statement) && ts.getJSDocCommentsAndTags(statement).length === 0)
      .filter((statement) => !isOverload(statement, source))
      .map((statement) => `${place(source, statement)}: an export needs a sentence of JSDoc`),
  )
}

/** Files that hand on the exports of others, which only the public surface may, and only by name. */
export function barrels(sources: readonly Source[]): string[] {
  return sources.flatMap((source) =>
    source.ast.statements
      .filter((statement) => ts.isExportDeclaration(statement))
      .filter(({ moduleSpecifier, exportClause }) => {
        const handsOn = moduleSpecifier !== undefined
        const byName = exportClause !== undefined && ts.isNamedExports(exportClause)
        return handsOn && !(source.path === publicSurface && byName)
      })
      .map(
        (statement) => `${place(source, statement)}: only ${publicSurface} hands on exports, each by name`,
      ),
  )
}

/** Default exports. */
export function defaultExports(sources: readonly Source[]): string[] {
  return sources.flatMap((source) =>
    nodesOf(source)
      .filter(
        (node) =>
          ts.isExportAssignment(node) ||
          (node.kind === ts.SyntaxKind.DefaultKeyword && ts.isStatement(node.parent)) ||
          (ts.isExportSpecifier(node) && node.name.text === 'default'),
      )
      .map((node) => `${place(source, node)}: exports have names, there is no default`),
  )
}

function isExported(statement: ts.Statement): boolean {
  return (
    ts.canHaveModifiers(statement) &&
    (ts.getModifiers(statement) ?? []).some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword)
  )
}

/** A later signature of a function whose first one carries the sentence. */
function isOverload(statement: ts.Statement, source: Source): boolean {
  if (!ts.isFunctionDeclaration(statement)) return false
  const name = statement.name?.text
  const first = source.ast.statements.find(
    (other) => ts.isFunctionDeclaration(other) && other.name?.text === name,
  )
  return first !== statement
}
