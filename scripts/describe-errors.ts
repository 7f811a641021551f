import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import ts from 'typescript'
import { errorKinds } from '../src/base/errors.ts'
import { packagePath } from '../src/base/package-folder.ts'
import { statusOf } from '../src/cli/exit-status.ts'
import { markdownTable } from './markdown-table.ts'

/** The reference of all error codes: their exit status, and what they say, read from where they are raised. */
export function describeErrors(): string {
  const messages = readMessages()
  return markdownTable(
    ['code', 'exit status', 'says, for example'],
    Object.entries(errorKinds).map(([code, kind]) => [
      `\`${code}\``,
      String(statusOf[kind]),
      messages.get(code) ?? '',
    ]),
  )
}

/** The clearest message of each code; what is filled in when it is raised shows as an ellipsis. */
function readMessages(): ReadonlyMap<string, string> {
  const messages = new Map<string, string>()
  const visit = (node: ts.Node) => {
    if (ts.isNewExpression(node) || ts.isCallExpression(node)) note(node.arguments ?? [])
    ts.forEachChild(node, visit)
  }
  const note = ([code, message]: readonly ts.Expression[]) => {
    if (
      code === undefined ||
      !ts.isStringLiteral(code) ||
      !(code.text in errorKinds) ||
      message === undefined
    )
      return
    const best = [messages.get(code.text) ?? '', ...sayMessage(message)].toSorted(
      (a, b) => clarity(b) - clarity(a),
    )
    messages.set(code.text, best[0] ?? '')
  }
  for (const path of listSources()) {
    visit(ts.createSourceFile(path, readFileSync(path, 'utf8'), ts.ScriptTarget.ESNext, true))
  }
  return messages
}

/** How much of a message is said before it is raised. */
function clarity(message: string): number {
  return message.length - 30 * message.split('…').length
}

function listSources(): string[] {
  const source = packagePath('src')
  return readdirSync(source, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .toSorted()
    .map((name) => join(source, name))
}

function sayMessage(message: ts.Node): string[] {
  if (ts.isStringLiteralLike(message)) return [message.text]
  if (ts.isConditionalExpression(message))
    return [...sayMessage(message.whenTrue), ...sayMessage(message.whenFalse)]
  if (!ts.isTemplateExpression(message)) return []
  return [message.head.text + message.templateSpans.map(({ literal }) => `…${literal.text}`).join('')]
}
