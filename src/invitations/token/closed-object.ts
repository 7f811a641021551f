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
  const names = Object.keys(value)
  return (
    required.every((name) => names.includes(name)) &&
    names.every((name) => required.includes(name) || optional.includes(name))
  )
}
