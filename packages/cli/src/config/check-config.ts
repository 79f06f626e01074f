import { IcrlError, nearestMatch } from '@icrl/core'
import type { z } from 'zod'

/** Place of a configuration's path in its file, such as `line 12`. */
export type Locate = (path: readonly PropertyKey[]) => string | undefined

/**
 * Checks a configuration's shape.
 *
 * @throws `invalid-option` with every mistake: place, what was expected, and the nearest name for
 * an unknown one
 */
export function checkConfig(
  schema: z.ZodObject,
  value: unknown,
  file: string,
  locate: Locate = () => undefined,
  command = 'icrl train',
): Record<string, unknown> {
  const result = schema.safeParse(value)
  if (result.success) return result.data
  const mistakes = result.error.issues.flatMap((issue) => describe(issue, schema, value, locate))
  throw new IcrlError(`${file}:\n${mistakes.map((mistake) => `  ${mistake}`).join('\n')}\n`, {
    code: 'invalid-option',
    remedy: `Fix the configuration; \`${command} --help\` lists its options.`,
  })
}

function describe(
  issue: z.core.$ZodIssue,
  schema: z.ZodObject,
  value: unknown,
  locate: Locate,
): string[] {
  const place = (path: readonly PropertyKey[]): string =>
    [path.join('.') || 'the configuration', locate(path)].filter(Boolean).join(', ')
  if (issue.code !== 'unrecognized_keys') {
    const absent = at(value, issue.path) === undefined && issue.path.length > 0
    return [
      `${place(issue.path)}: ${absent ? 'missing; ' : ''}${issue.message.replace(/^Invalid input: /, '')}`,
    ]
  }
  const known = issue.path.length === 0 ? Object.keys(schema.shape) : knownAt(schema, issue.path)
  return issue.keys.map((key) => {
    const meant = nearestMatch(key, known)
    return `${place([...issue.path, key])}: there is no such option${meant ? `; did you mean "${meant}"?` : known.length > 0 ? `; there are ${known.join(', ')}` : ''}`
  })
}

function at(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (inner, key) =>
      typeof inner === 'object' && inner !== null ? Reflect.get(inner, key) : undefined,
    value,
  )
}

/** Names of the options of an inner object, found by walking the schema along the path. */
function knownAt(schema: z.ZodObject, path: readonly PropertyKey[]): string[] {
  let inner: unknown = schema
  for (const key of path) {
    const shape = (unwrap(inner) as Partial<z.ZodObject>)?.shape
    inner = shape?.[String(key)] ?? (unwrap(inner) as { valueType?: unknown })?.valueType
  }
  return Object.keys((unwrap(inner) as Partial<z.ZodObject>)?.shape ?? {})
}

function unwrap(schema: unknown): unknown {
  const inner = (schema as { unwrap?: () => unknown })?.unwrap
  return typeof inner === 'function' ? unwrap(inner.call(schema)) : schema
}
