/** What is wrong with a field, in the words of FastAPI's validation errors. */
export interface FieldProblem {
  readonly type: string
  readonly msg: string
}

/** Reads a field's value; returns a problem if it does not fit. */
export type Field<T> = (value: unknown) => { readonly value: T } | FieldProblem

const missing: FieldProblem = { type: 'missing', msg: 'Field required' }

/** A whole number; also "5", 5.0 and true, as FastAPI takes them. */
export const int: Field<number> = (value) => {
  if (value === undefined) return missing
  if (typeof value === 'boolean') return { value: Number(value) }
  if (typeof value === 'number') {
    return Number.isSafeInteger(value)
      ? { value }
      : {
          type: 'int_from_float',
          msg: 'Input should be a valid integer, got a number with a fractional part',
        }
  }
  if (typeof value === 'string') {
    return /^\s*[+-]?\d{1,15}(\.0*)?\s*$/.test(value)
      ? { value: Number(value) }
      : {
          type: 'int_parsing',
          msg: 'Input should be a valid integer, unable to parse string as an integer',
        }
  }
  return { type: 'int_type', msg: 'Input should be a valid integer' }
}

/** A text. */
export const str: Field<string> = (value) => {
  if (value === undefined) return missing
  return typeof value === 'string'
    ? { value }
    : { type: 'string_type', msg: 'Input should be a valid string' }
}

/** A field that may be missing or null. */
export function optional<T, D>(field: Field<T>, byDefault: D): Field<T | D> {
  return (value) => (value === undefined || value === null ? { value: byDefault } : field(value))
}

/** Fields by name. */
export type Fields = Readonly<Record<string, Field<unknown>>>

/** The values of fields. */
export type Values<F extends Fields> = {
  readonly [K in keyof F]: F[K] extends Field<infer T> ? T : never
}

/** One entry of FastAPI's `detail`. */
export interface Detail extends FieldProblem {
  readonly loc: readonly (string | number)[]
  readonly input: unknown
}

/**
 * Reads fields from a body or a query; returns the problems if there are any.
 *
 * @param place `body` or `query`: the first part of where a problem lies; default: none
 * @example
 * readFields({ id: int }, { id: '7' }, 'body') // { values: { id: 7 } }
 */
export function readFields<F extends Fields>(
  fields: F,
  given: unknown,
  place?: 'body' | 'query',
): { readonly values: Values<F> } | { readonly detail: readonly Detail[] } {
  const at = place === undefined ? [] : [place]
  if (given === undefined && place === 'body')
    return { detail: [{ ...missing, loc: at, input: null }] }
  if (typeof given !== 'object' || given === null || Array.isArray(given)) {
    return {
      detail: [
        {
          type: 'model_attributes_type',
          msg: 'Input should be a valid dictionary or object to extract fields from',
          loc: at,
          input: given,
        },
      ],
    }
  }
  const values: Record<string, unknown> = {}
  const detail: Detail[] = []
  for (const [name, field] of Object.entries(fields)) {
    const value = Object.hasOwn(given, name) ? (given as Record<string, unknown>)[name] : undefined
    const read = field(value)
    if ('value' in read) values[name] = read.value
    else
      detail.push({
        ...read,
        loc: [...at, name],
        input: value === undefined ? (place === 'query' ? null : given) : value,
      })
  }
  return detail.length > 0 ? { detail } : { values: values as Values<F> }
}
