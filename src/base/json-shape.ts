import * as z from 'zod/mini'
import { type ErrorCode, FlowsError } from './errors.ts'

/** Whose text is read, and how a fault of it is told. */
export type ShapeSource = {
  /** What the text is called in messages: a path, or "client-tiers.json". */
  name: string
  code: ErrorCode
  hint: string
}

/** Reads a text as JSON of a shape; throws the given code with the place and reason of its first fault. */
export function parseShape<Shape extends z.ZodMiniType>(
  shape: Shape,
  text: string,
  { name, code, hint }: ShapeSource,
): z.output<Shape> {
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch (cause) {
    throw new FlowsError(code, `${name} is not JSON`, { hint, cause })
  }
  const result = z.safeParse(shape, json)
  if (result.success) return result.data
  throw new FlowsError(code, `${name}: ${sayFault(result.error.issues[0])}`, { hint })
}

// The faulty value itself is never repeated: it may be what nobody else should read.
function sayFault(issue: z.core.$ZodIssue | undefined): string {
  const place = issue?.path.join('.') || 'the whole'
  if (issue?.code !== 'unrecognized_keys') return `${place} ${issue?.message ?? 'is not as it must be'}`
  const keys = [...issue.path, ''].join('.')
  return `there is no setting ${issue.keys.map((key) => keys + key).join(', ')}`
}
