import { nearestMatch } from '@icrl/core'
import type { z } from 'zod'

/** A mistake in a configuration's shape: where it is, and what to read there. */
export interface ShapeMistake {
  readonly path: readonly PropertyKey[]
  readonly what: string
}

/** What zod found, in words: what stands there, what is expected, and what was probably meant. */
export function shapeMistakes(
  issue: z.core.$ZodIssue,
  schema: z.ZodObject,
  value: unknown,
): ShapeMistake[] {
  const { path } = issue
  if (issue.code === 'unrecognized_keys') return unknownKeys(issue.keys, path, schema)
  if (issue.code === 'invalid_union') {
    const misspelled = issue.errors
      .flat()
      .flatMap((inner) => (inner.code === 'unrecognized_keys' ? inner.keys : []))
    const meant = unknownKeys([...new Set(misspelled)], path, schema).filter(({ what }) =>
      what.includes(MEANT),
    )
    if (meant.length > 0) return meant
  }
  const found = at(value, path)
  const absent = found === undefined && path.length > 0
  return [{ path, what: absent ? `missing; ${expected(issue)}` : present(issue, found) }]
}

/** Of several mistakes at one place the first says most. */
export function firstOfEachPlace(mistakes: readonly ShapeMistake[]): ShapeMistake[] {
  const seen = new Set<string>()
  return mistakes.filter(({ path }) => {
    const place = path.join('.')
    return !seen.has(place) && seen.add(place)
  })
}

const MEANT = 'did you mean'

function unknownKeys(
  keys: readonly string[],
  path: readonly PropertyKey[],
  schema: z.ZodObject,
): ShapeMistake[] {
  const known = keysAt(schema, path)
  return keys.map((key) => ({
    path: [...path, key],
    what: `there is no such option${suggestion(key, known, 'there are')}`,
  }))
}

function suggestion(word: string, known: readonly string[], otherwise: string): string {
  const meant = nearestMatch(word, known)
  if (meant !== undefined) return `; ${MEANT} "${meant}"?`
  return known.length > 0 ? `; ${otherwise} ${known.join(', ')}` : ''
}

function present(issue: z.core.$ZodIssue, found: unknown): string {
  if (issue.code === 'invalid_value' && typeof found === 'string')
    return `there is no "${found}"${suggestion(found, issue.values.map(String), 'expected one of:')}`
  // What a list or an object holds may be long: the place says which one it is.
  if (issue.code === 'custom' || issue.code === 'invalid_union') return issue.message
  return `is ${inWords(found)}; ${expected(issue)}`
}

function expected(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case 'invalid_type':
      // A message of the schema's own says more than the type.
      return issue.message.startsWith('Invalid input')
        ? `expected ${TYPES[issue.expected] ?? issue.expected}`
        : issue.message
    case 'invalid_value':
      return `expected one of: ${issue.values.join(', ')}`
    case 'too_small':
      return issue.origin === 'string' || issue.origin === 'array'
        ? 'expected at least one'
        : `expected a ${least(issue.minimum, issue.inclusive)}`
    case 'too_big':
      return `expected a number ${issue.inclusive ? 'of at most' : 'below'} ${issue.maximum}`
    default:
      return issue.message
  }
}

/** Every number of 1 or more in a configuration is a count. */
function least(minimum: number | bigint, inclusive?: boolean): string {
  if (inclusive !== true) return `number above ${minimum}`
  return `${minimum === 1 ? 'whole number' : 'number'} of ${minimum} or more`
}

const TYPES: Readonly<Record<string, string>> = {
  int: 'a whole number',
  number: 'a number',
  string: 'a text',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object',
  record: 'an object',
}

function inWords(value: unknown): string {
  if (Array.isArray(value)) return 'a list'
  if (typeof value === 'object' && value !== null) return 'an object'
  if (typeof value === 'function') return 'a function'
  return typeof value === 'string' ? JSON.stringify(value) : String(value)
}

function at(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (inner, key) =>
      typeof inner === 'object' && inner !== null ? Reflect.get(inner, key) : undefined,
    value,
  )
}

/** Names of the options of an inner object, found by walking the schema along the path. */
function keysAt(schema: z.ZodObject, path: readonly PropertyKey[]): string[] {
  const inner = path.reduce<unknown[]>(
    (schemas, key) =>
      schemas.flatMap((each) => {
        const { shape, valueType } = each as Partial<z.ZodObject & z.ZodRecord>
        return alternatives(shape?.[String(key)] ?? valueType)
      }),
    alternatives(schema),
  )
  return [
    ...new Set(inner.flatMap((each) => Object.keys((each as Partial<z.ZodObject>).shape ?? {}))),
  ]
}

/** A schema without what makes it optional; of a union each of its schemas. */
function alternatives(schema: unknown): unknown[] {
  if (typeof schema !== 'object' || schema === null) return []
  const { unwrap, options } = schema as { unwrap?: () => unknown; options?: unknown }
  if (typeof unwrap === 'function') return alternatives(unwrap.call(schema))
  return Array.isArray(options) ? options.flatMap(alternatives) : [schema]
}
