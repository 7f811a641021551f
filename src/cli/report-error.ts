import { inspect } from 'node:util'
import { FlowsError } from '../base/errors.ts'
import type { Style } from './command.ts'
import { redact } from './redact.ts'

/** How an error is told. */
export type ReportOptions = { json: boolean; debug: boolean; style: Style }

/** The text for standard error about something that was thrown, without tokens, addresses and escapes of others. */
export function reportError(error: unknown, options: ReportOptions): string {
  return `${options.json ? asJson(error, options) : asText(error, options)}\n`
}

function asJson(error: unknown, { debug }: ReportOptions): string {
  const { code, message, hint } = describe(error)
  return JSON.stringify({
    error: { code, message, hint, ...(debug ? { stack: clean(inspect(error)) } : {}) },
  })
}

function asText(error: unknown, { debug, style }: ReportOptions): string {
  const { message, hint } = describe(error)
  return [
    `${style.red('error')} ${message}`,
    ...(hint === null ? [] : [`${style.dim('hint')}  ${hint.replaceAll('\n', '\n      ')}`]),
    ...(debug ? [style.dim(clean(inspect(error)))] : []),
  ].join('\n')
}

function describe(error: unknown): { code: string; message: string; hint: string | null } {
  if (error instanceof FlowsError) {
    const hint = error.hint === undefined ? null : clean(error.hint)
    return { code: error.code, message: clean(error.message), hint }
  }
  const message = error instanceof Error ? error.message : String(error)
  return {
    code: 'BUG',
    message: clean(`This is a bug in flows-db: ${message}`),
    hint: 'Run the command again with --debug and report what it prints.',
  }
}

// Each text is cleaned before it is put into JSON: afterwards, what is taken out would take half an escape along.
function clean(text: string): string {
  return redact(text).replaceAll(/[^\P{C}\n\t]/gu, '?')
}
