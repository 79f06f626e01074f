import { IcrlError } from '@icrl/core'

/**
 * The secret in an environment variable: command lines are seen by every process of a machine.
 *
 * @throws `invalid-option` if the variable is not set
 */
export function secretIn(variable: string | undefined): string | undefined {
  if (variable === undefined) return undefined
  const secret = process.env[variable]
  if (secret) return secret
  throw new IcrlError(`The environment variable ${variable} is not set.`, {
    code: 'invalid-option',
    remedy: 'Set it to the secret, or name another one.',
  })
}
