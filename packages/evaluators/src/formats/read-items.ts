import { IcrlError, type Task } from '@icrl/core'
import { readParquet } from '@icrl/environments/parquet'

/** One record of a file, as it was published. */
export type ItemRecord = Readonly<Record<string, unknown>>

/** What a field must be. */
export type FieldKind =
  | 'string'
  | 'number'
  | 'boolean'
  | 'object'
  | 'string[]'
  | 'number[]'
  | 'boolean[]'
  | 'array'

/** Where a record was found, for errors: `line 3`. */
export type Place = string

/** Options of {@link readItems}. */
export interface ReadItemsOptions<I extends Task> {
  /** Name of the format, for errors. */
  readonly format: string
  /** Fields that every record must have. */
  readonly fields: Readonly<Record<string, FieldKind>>
  /** The items of a record; unknown fields are kept by spreading it. */
  readonly make: (record: ItemRecord, place: Place) => I | readonly I[]
  /** Told of a last line that was cut off. @defaultValue `console.warn` */
  readonly onTorn?: (message: string) => void
}

/**
 * The items of a published file: lines of JSON, a JSON array, or Parquet (its bytes). A byte order
 * mark, blank lines and `\r\n` are fine. A last line that was cut off is left out, and said.
 *
 * @throws `corrupt-file` naming the line: for what is no JSON object, a missing or unfit field, and
 * two items of one id; `empty-tasks` for a file without a record; `unsupported` for Parquet without
 * `hyparquet`
 * @example
 * import { readItems } from '@icrl/evaluators'
 * const items = await readItems('{"id": "q1", "question": "2 + 2?"}\n', {
 *   format: 'questions',
 *   fields: { id: 'string', question: 'string' },
 *   make: (record) => ({ ...record, id: String(record.id) }),
 * })
 */
export async function readItems<I extends Task>(
  file: string | Uint8Array,
  options: ReadItemsOptions<I>,
): Promise<I[]> {
  const { format, fields, make } = options
  const records = isParquet(file)
    ? (await readParquet(file)).map((record, i): [ItemRecord, Place] => [record, `row ${i + 1}`])
    : readText(typeof file === 'string' ? file : new TextDecoder().decode(file), options)
  const items = new Map<string, I>()
  for (const [record, place] of records) {
    checkFields(record, fields, `${format}, ${place}`)
    for (const item of [make(record, place)].flat() as I[]) {
      if (items.has(item.id))
        throw corrupt(`${format}, ${place}: a second item "${item.id}".`, 'Give each item once.')
      items.set(item.id, item)
    }
  }
  if (items.size === 0)
    throw new IcrlError(`${format}: the file holds no item.`, {
      code: 'empty-tasks',
      remedy: 'Give a file with at least one record.',
    })
  return [...items.values()]
}

function isParquet(file: string | Uint8Array): file is Uint8Array {
  return typeof file !== 'string' && new TextDecoder().decode(file.subarray(0, 4)) === 'PAR1'
}

function readText(
  text: string,
  {
    format,
    onTorn = (message) => console.warn(message),
  }: Pick<ReadItemsOptions<Task>, 'format' | 'onTorn'>,
): [ItemRecord, Place][] {
  const whole = text.replace(/^\ufeff/, '')
  if (whole.trimStart().startsWith('['))
    return (parsed(whole, `${format}`) as unknown[]).map((record, i) => [
      objectOf(record, `${format}, entry ${i + 1}`),
      `entry ${i + 1}`,
    ])
  const lines = whole.split(/\r?\n/)
  const last = lines.length - 1
  return lines.flatMap((line, i): [ItemRecord, Place][] => {
    if (line.trim() === '') return []
    const place = `line ${i + 1}`
    // Only what no line break ends can have been cut off.
    if (i === last && i > 0 && !isJson(line)) {
      onTorn(`${format}: ${place}, the last one, was cut off and is left out.`)
      return []
    }
    return [[objectOf(parsed(line, `${format}, ${place}`), `${format}, ${place}`), place]]
  })
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

function parsed(text: string, where: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw corrupt(`${where}: not JSON.`, 'Fix or remove it.', cause)
  }
}

function objectOf(value: unknown, where: string): ItemRecord {
  if (typeof value === 'object' && value !== null && !Array.isArray(value))
    return value as ItemRecord
  throw corrupt(`${where}: not an object.`, 'A record is an object with named fields.')
}

/**
 * Checks fields of a record.
 *
 * @throws `corrupt-file` naming the place and the field
 */
export function checkFields(
  record: ItemRecord,
  fields: Readonly<Record<string, FieldKind>>,
  where: string,
): void {
  for (const [name, kind] of Object.entries(fields)) {
    if (record[name] === undefined || record[name] === null)
      throw corrupt(
        `${where}: no "${name}".`,
        `Each record needs ${Object.keys(fields).join(', ')}.`,
      )
    if (!isKind(record[name], kind))
      throw corrupt(
        `${where}: "${name}" is ${JSON.stringify(record[name]).slice(0, 60)}, which is no ${kind}.`,
        'Fix or remove the record.',
      )
  }
}

function isKind(value: unknown, kind: FieldKind): boolean {
  if (kind === 'array') return Array.isArray(value)
  if (kind.endsWith('[]'))
    return Array.isArray(value) && value.every((one) => typeof one === kind.slice(0, -2))
  if (kind === 'object') return typeof value === 'object' && !Array.isArray(value)
  return typeof value === kind && (kind !== 'number' || Number.isFinite(value))
}

function corrupt(message: string, remedy: string, cause?: unknown): IcrlError {
  return new IcrlError(message, { code: 'corrupt-file', remedy, cause })
}
