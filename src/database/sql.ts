/** A statement with its parameters apart from its text, ready for the driver. */
export type Sql = {
  readonly text: string
  readonly values: readonly unknown[]
}

/** A piece of SQL text that is safe to stand in a statement as it is: made by `identifier`, `literal` or `raw`. */
class Fragment {
  readonly text: string

  constructor(text: string) {
    this.text = text
  }
}

function isSql(value: unknown): value is Sql {
  return typeof value === 'object' && value !== null && 'text' in value && 'values' in value
}

/**
 * Builds a statement from a template: every value becomes a numbered parameter, a fragment or a nested
 * statement is woven in. The text depends on the template alone, so the server's plan can be reused.
 */
export function sql(strings: TemplateStringsArray, ...values: readonly unknown[]): Sql {
  const parameters: unknown[] = []
  let text = strings[0] ?? ''
  values.forEach((value, index) => {
    text += weave(value, parameters) + (strings[index + 1] ?? '')
  })
  return { text, values: parameters }
}

function weave(value: unknown, parameters: unknown[]): string {
  if (value instanceof Fragment) return value.text
  if (isSql(value)) {
    const offset = parameters.length
    parameters.push(...value.values)
    return value.text.replace(/\$(\d+)/g, (_, number) => `$${Number(number) + offset}`)
  }
  parameters.push(value)
  return `$${parameters.length}`
}

/** Quotes a name, or a dotted path of names given in parts, for use inside `sql`. */
export function identifier(...parts: readonly string[]): Fragment {
  return new Fragment(parts.map((part) => `"${part.replaceAll('"', '""')}"`).join('.'))
}

/** Quotes a text as a literal, for the statements that take no parameters (SET, CREATE ROLE). */
export function literal(text: string): Fragment {
  const quoted = `'${text.replaceAll("'", "''")}'`
  return new Fragment(text.includes('\\') ? ` E${quoted.replaceAll('\\', '\\\\')}` : quoted)
}

/** SQL text taken as it is. Only ever for text that this program wrote itself. */
export function raw(text: string): Fragment {
  return new Fragment(text)
}

/** Joins conditions with AND; no condition is true. */
export function every(conditions: readonly Sql[]): Sql {
  return conditions.reduce((all, condition) => sql`${all} and ${condition}`, sql`true`)
}
