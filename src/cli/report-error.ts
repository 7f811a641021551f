import { inspect } from 'node:util'
import { FlowsError } from '../base/errors.ts'
import type { Style } from './command.ts'
import { redact } from './redact.ts'

/** How an error is told. */
export type ReportOptions = { json: boolean; debug: boolean; style: Style }

/** The text for standard error about something that was thrown, without tokens and addresses. */
export function reportError(error: unknown, options: ReportOptions): string {
  return `${redact(options.json ? asJson(error, options) : asText(error, options))}\n`
}

function asJson(error: unknown, { debug }: ReportOptions): string {
  const { code, message, hint } = describe(error)
  return JSON.stringify({ error: { code, message, hint, ...(debug ? { stack: inspect(error) } : {}) } })
}

function asText(error: unknown, { debug, style }: ReportOptions): string {
  const { message, hint } = describe(error)
  return [
    `${style.red('error')} ${message}`,
    ...(hint === null ? [] : [`${style.dim('hint')}  ${hint.replaceAll('\n', '\n      ')}`]),
    ...(debug ? [style.dim(inspect(error))] : []),
  ].join('\n')
}

function describe(error: unknown): { code: string; message: string; hint: string | null } {
  if (error instanceof FlowsError) {
    return { code: error.code, message: error.message, hint: error.hint ?? null }
  }
  const message = error instanceof Error ? error.message : String(error)
  return {
    code: 'BUG',
    message: `This is a bug in flows-db: ${message}`,
    hint: 'Run the command again with --debug and report what it prints.',
  }
}
