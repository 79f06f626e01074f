import { IcrlError } from '@icrl/core'
import type { z } from 'zod'
import { firstOfEachPlace, shapeMistakes } from './shape-mistake.ts'

/** Place of a configuration's path in its file, such as `line 12`. */
export type Locate = (path: readonly PropertyKey[]) => string | undefined

/**
 * Checks a configuration's shape.
 *
 * @throws `invalid-option` with every mistake: place, what stands there, what was expected, and the
 * nearest name for an unknown one
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
  const mistakes = firstOfEachPlace(
    result.error.issues.flatMap((issue) => shapeMistakes(issue, schema, value)),
  ).map(({ path, what }) => {
    const place = [path.join('.') || 'the configuration', locate(path)].filter(Boolean).join(', ')
    return `  ${place}: ${what}`
  })
  throw new IcrlError(`${file}:\n${mistakes.join('\n')}\n`, {
    code: 'invalid-option',
    remedy: `Fix the configuration; \`${command} --help\` lists its options.`,
  })
}
