import { IcrlError, type Json } from '@icrl/core'

/**
 * A value as JSON with its keys in one fixed order at every depth, so that equal values have equal
 * text.
 *
 * @throws `invalid-option` naming the path of a value that JSON cannot carry (a function, NaN).
 */
export function canonicalJson(value: Json, indent?: number): string {
  return JSON.stringify(ordered(value, ''), null, indent)
}

/** Paths at which two values differ, with both sides, one line each; empty if they are equal. */
export function differences(
  stored: Json | undefined,
  given: Json | undefined,
  path = '',
): string[] {
  if (isRecord(stored) && isRecord(given)) {
    const keys = [...new Set([...Object.keys(stored), ...Object.keys(given)])].sort()
    return keys.flatMap((key) =>
      differences(stored[key], given[key], path ? `${path}.${key}` : key),
    )
  }
  const [a, b] = [stored, given].map((value) =>
    value === undefined ? 'absent' : canonicalJson(value),
  )
  return a === b ? [] : [`${path || 'value'}: ${a} → ${b}`]
}

function ordered(value: Json, path: string): Json {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return value
  if (typeof value === 'number' && Number.isFinite(value)) return value
  if (Array.isArray(value)) return value.map((item, i) => ordered(item as Json, `${path}[${i}]`))
  if (isRecord(value)) {
    const keys = Object.keys(value)
      .filter((key) => value[key] !== undefined)
      .sort()
    return Object.fromEntries(
      keys.map((key) => [key, ordered(value[key], path ? `${path}.${key}` : key)]),
    )
  }
  throw new IcrlError(
    `configuration: ${path || 'the value'} is ${String(value)}, which JSON cannot carry.`,
    {
      code: 'invalid-option',
      remedy: 'Use finite numbers, strings, booleans, lists and plain objects.',
    },
  )
}

function isRecord(value: unknown): value is Readonly<Record<string, Json>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
