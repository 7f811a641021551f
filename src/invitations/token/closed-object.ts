/**
 * Whether a parsed JSON value is an object that has all required names and none beyond required and optional ones.
 * Only own names count, so `__proto__` in JSON is a name like any other, and refused.
 */
export function isClosedObject(
  value: unknown,
  required: readonly string[],
  optional: readonly string[] = [],
): value is Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false
  let found = 0
  for (const name of Object.keys(value)) {
    if (required.includes(name)) found += 1
    else if (!optional.includes(name)) return false
  }
  return found === required.length
}
