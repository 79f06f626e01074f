import { IcrlError } from '@icrl/core'
import type { z } from 'zod'

/** The error of a message that is not what the protocol says; a server answers it with 422. */
export function malformed(what: string, cause?: unknown): IcrlError {
  return new IcrlError(`Tinker protocol: ${what}`, {
    code: 'invalid-shape',
    remedy: 'Compare both sides: each must speak the Tinker protocol of docs/scale-out.md.',
    cause,
  })
}

/**
 * Reads a message by its schema; keys that the schema does not name are left out.
 *
 * @param what names the message in the error, such as `create_model`
 * @throws IcrlError `invalid-shape` naming the field that is wrong, and never the data in it
 */
export function readMessage<T>(schema: z.ZodType<T>, value: unknown, what: string): T {
  const { success, data, error } = schema.safeParse(value)
  if (success) return data
  const [{ path, message }] = error.issues
  throw malformed(`${what}${path.length > 0 ? `, ${path.join('.')}` : ''}: ${message}.`)
}
