import ts from 'typescript'
import { nodesOf, place, type Source } from './source.ts'

const drivers = /^(pg|pg-.*|postgres)$/
const statement =
  /(^|[\s'"`])(select\s[\s\S]*\sfrom\s|insert\s+into\s|delete\s+from\s|update\s+\S+\s+set\s|(create|alter|drop)\s+(table|role|schema|database|policy|index)\s)/
const terminalMembers = ['exit', 'exitCode', 'stdout', 'stderr', 'stdin']

/** SQL text outside `*.queries.ts` and the room database: the sql tag, or a text that reads like a statement. */
export function straySql(sources: readonly Source[]): string[] {
  return offences(
    sources.filter(({ path, room }) => room !== 'database' && !path.endsWith('.queries.ts')),
    (node) =>
      (ts.isTaggedTemplateExpression(node) && node.tag.getText() === 'sql') ||
      (isText(node) && statement.test(node.getText())),
    'SQL text belongs into *.queries.ts',
  )
}

/** Imports of a database driver outside the room database. */
export function strayDrivers(sources: readonly Source[]): string[] {
  return sources
    .filter(({ room }) => room !== 'database')
    .flatMap(({ path, imports }) =>
      imports
        .filter(({ specifier }) => drivers.test(specifier))
        .map(({ specifier }) => `${path} must not import ${specifier}: the driver stays in database/`),
    )
}

/** Reads of the environment outside the room config. */
export function strayEnvironment(sources: readonly Source[]): string[] {
  return offences(
    sources.filter(({ room }) => room !== 'config'),
    (node) => isMember(node, 'process', ['env']),
    'the environment is read in config/ only',
  )
}

/** Uses of the terminal, or an end of the process, outside the door cli. */
export function strayTerminal(sources: readonly Source[]): string[] {
  return offences(
    sources.filter(({ room }) => room !== 'cli'),
    (node) =>
      isMember(node, 'process', terminalMembers) ||
      (ts.isPropertyAccessExpression(node) && node.expression.getText() === 'console'),
    'the terminal and the exit belong to cli/',
  )
}

/** Asking the machine for the time outside base/clock.ts. */
export function strayClock(sources: readonly Source[]): string[] {
  return offences(
    sources.filter(({ path }) => path !== 'src/base/clock.ts'),
    (node) =>
      isMember(node, 'Date', ['now']) ||
      isMember(node, 'performance', ['now']) ||
      isMember(node, 'process', ['hrtime']) ||
      (ts.isNewExpression(node) &&
        node.expression.getText() === 'Date' &&
        (node.arguments ?? []).length === 0),
    'the time comes from base/clock.ts',
  )
}

function offences(sources: readonly Source[], offends: (node: ts.Node) => boolean, rule: string): string[] {
  return sources.flatMap((source) =>
    nodesOf(source)
      .filter(offends)
      .map((node) => `${place(source, node)}: ${rule}`),
  )
}

function isMember(node: ts.Node, object: string, members: readonly string[]): boolean {
  if (ts.isPropertyAccessExpression(node)) {
    return node.expression.getText() === object && members.includes(node.name.text)
  }
  if (!ts.isVariableDeclaration(node) || node.initializer?.getText() !== object) return false
  return (
    ts.isObjectBindingPattern(node.name) &&
    node.name.elements.some((element) => members.includes((element.propertyName ?? element.name).getText()))
  )
}

function isText(node: ts.Node): boolean {
  return ts.isStringLiteralLike(node) || ts.isTemplateExpression(node)
}
