import { IcrlError } from '@icrl/core'

/** Typed access to the fields of a parsed `config.json`, with errors that name file and field. */
export interface ConfigFields {
  readonly where: string
  readonly source: Readonly<Record<string, unknown>>
  /** A positive integer. */
  count(name: string, fallback?: number): number
  /** A positive number. */
  number(name: string, fallback?: number): number
  flag(name: string, fallback: boolean): boolean
  /** A nested object's fields; undefined if it is missing or null. */
  nested(name: string): ConfigFields | undefined
  error(message: string): IcrlError
}

/** Wraps a parsed JSON value; throws `corrupt-file` if it is not an object. */
export function configFields(json: unknown, where: string): ConfigFields {
  const error = (message: string): IcrlError =>
    new IcrlError(`${where}: ${message}`, {
      code: 'corrupt-file',
      remedy: 'Correct the field, or download the model again.',
    })
  if (typeof json !== 'object' || json === null || Array.isArray(json))
    throw error('not a JSON object.')
  const source = json as Record<string, unknown>
  const number = (name: string, fallback?: number): number => {
    const value = source[name] ?? fallback
    if (typeof value !== 'number' || !Number.isFinite(value) || value <= 0)
      throw error(`"${name}" is ${JSON.stringify(value) ?? 'missing'}, not a positive number.`)
    return value
  }
  return {
    where,
    source,
    number,
    error,
    count: (name, fallback) => {
      const value = number(name, fallback)
      if (!Number.isInteger(value)) throw error(`"${name}" is ${value}, not a whole number.`)
      return value
    },
    flag: (name, fallback) => {
      const value = source[name] ?? fallback
      if (typeof value !== 'boolean')
        throw error(`"${name}" is ${JSON.stringify(value)}, not true or false.`)
      return value
    },
    nested: (name) =>
      source[name] === undefined || source[name] === null
        ? undefined
        : configFields(source[name], `${where}, "${name}"`),
  }
}
