import { readFile } from 'node:fs/promises'
import { packagePath } from '../base/package-folder.ts'

/** The texts of a mail, from templates/<name>.txt and .html; each `{{value}}` is filled, in HTML as text and never as markup. */
export async function fillTemplate(
  name: string,
  values: Readonly<Record<string, string>>,
): Promise<{ text: string; html: string }> {
  const [text, html] = await Promise.all(
    ['txt', 'html'].map((kind) => readFile(packagePath('templates', `${name}.${kind}`), 'utf8')),
  )
  return { text: fill(text ?? '', values), html: fill(html ?? '', values, escapeHtml) }
}

function fill(
  template: string,
  values: Readonly<Record<string, string>>,
  quote = (text: string) => text,
): string {
  return template.replaceAll(/\{\{(\w+)\}\}/g, (_, name: string) => {
    const value = values[name]
    if (value === undefined) throw new Error(`The template asks for {{${name}}}, which is not known`)
    return quote(value)
  })
}

function escapeHtml(text: string): string {
  const escapes: Readonly<Record<string, string>> = {
    '&': '&amp;',
    '<': '&lt;',
    '>': '&gt;',
    '"': '&quot;',
    "'": '&#39;',
  }
  return text.replaceAll(/[&<>"']/g, (character) => escapes[character] ?? character)
}
