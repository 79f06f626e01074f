import type { Json, Tool } from '@icrl/core'
import { refuse, unsupported } from '../refusal.ts'

/** A JSON object of a request. */
export type Fields = Readonly<Record<string, unknown>>

/** True for a JSON object. */
export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The objects of a list; anything else is refused. */
export function objects(value: unknown, where: string): readonly Fields[] {
  if (Array.isArray(value) && value.every(isFields)) return value
  return refuse(`${where} must be a list of objects.`)
}

/** A text; anything else is refused. */
export function text(value: unknown, where: string): string {
  return typeof value === 'string' ? value : refuse(`${where} must be a string.`)
}

/** A number within bounds; undefined if it is not given. */
export function numberWithin(
  fields: Fields,
  name: string,
  [least, most]: readonly [number, number],
): number | undefined {
  const value = fields[name]
  if (value === undefined || value === null) return undefined
  if (typeof value === 'number' && value >= least && value <= most) return value
  return refuse(`${name} must be a number from ${least} to ${most}.`)
}

/** A whole number of 0 or more; undefined if it is not given. */
export function wholeNumber(fields: Fields, name: string, least = 0): number | undefined {
  const value = numberWithin(fields, name, [least, Number.MAX_SAFE_INTEGER])
  if (value === undefined || Number.isInteger(value)) return value
  return refuse(`${name} must be a whole number.`)
}

/** Stop strings: one, several or none. */
export function stopStrings(value: unknown, name: string): readonly string[] {
  if (value === undefined || value === null) return []
  const list: readonly unknown[] =
    typeof value === 'string' ? [value] : Array.isArray(value) ? value : []
  const isGood = list.length > 0 || (Array.isArray(value) && value.length === 0)
  if (isGood && list.length <= 16 && list.every((each) => typeof each === 'string' && each !== ''))
    return list as readonly string[]
  return refuse(`${name} must be up to 16 strings, none of them empty.`)
}

/**
 * Refuses fields that would change the answer and cannot be honoured, unless they have the value
 * that changes nothing.
 */
export function refuseFields(fields: Fields, neutral: Readonly<Record<string, unknown>>): void {
  for (const [name, value] of Object.entries(neutral)) {
    const given = fields[name]
    if (given === undefined || given === null || given === value) continue
    if (Array.isArray(given) && given.length === 0) continue
    unsupported(value === undefined ? name : `${name} other than ${JSON.stringify(value)}`)
  }
}

/** A tool of a request. */
export function toolOf(fields: Fields, parameters: unknown, where: string): Tool {
  const name = text(fields.name, `${where}.name`)
  if (!/^[\w.-]{1,128}$/.test(name))
    refuse(`${where}.name must be 1 to 128 letters, digits, "_", "-" or ".".`)
  if (parameters !== undefined && parameters !== null && !isFields(parameters))
    refuse(`The parameters of ${name} must be a JSON schema.`)
  const { description } = fields
  return {
    name,
    ...(typeof description === 'string' && { description }),
    parameters: (parameters ?? { type: 'object', properties: {} }) as Tool['parameters'],
  }
}

/** Arguments of a call as a client sends them back: JSON in a string, or an object. */
export function argumentsOf(value: unknown, where: string): Readonly<Record<string, Json>> {
  const parsed = typeof value === 'string' ? jsonOf(value === '' ? '{}' : value, where) : value
  if (isFields(parsed)) return parsed as Readonly<Record<string, Json>>
  return refuse(`The arguments of ${where} must be a JSON object.`)
}

function jsonOf(value: string, where: string): unknown {
  try {
    return JSON.parse(value) as unknown
  } catch {
    return refuse(`The arguments of ${where} are not JSON.`)
  }
}
