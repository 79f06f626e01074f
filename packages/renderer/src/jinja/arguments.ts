import { typeName, type Value } from './value.ts'

/**
 * The arguments of a call in the order of `names`; undefined where one is not given.
 *
 * @throws Error for too many, or for a name that is not among them
 */
export function bindArguments(
  names: readonly string[],
  positional: readonly Value[],
  named: ReadonlyMap<string, Value>,
): (Value | undefined)[] {
  if (positional.length > names.length)
    throw new Error(`takes at most ${names.length} argument(s), ${positional.length} given`)
  const stranger = [...named.keys()].find((name) => !names.includes(name))
  if (stranger !== undefined) throw new Error(`got an unexpected keyword argument '${stranger}'`)
  return names.map((name, i) => (i < positional.length ? positional[i] : named.get(name)))
}

/** @throws Error for what is no text */
export function textArgument(value: Value | undefined): string {
  if (typeof value === 'string') return value
  throw new Error(`expected str, got ${value === undefined ? 'nothing' : typeName(value)}`)
}

/** Text, or undefined for none. */
export function optionalText(value: Value | undefined): string | undefined {
  return value === undefined || value === null ? undefined : textArgument(value)
}

/** @throws Error for what is no int */
export function integerArgument(value: Value | undefined, fallback: number): number {
  if (value === undefined) return fallback
  if (typeof value === 'number' && Number.isInteger(value)) return value
  if (typeof value === 'boolean') return Number(value)
  throw new Error(`'${typeName(value)}' object cannot be interpreted as an integer`)
}
