import { isIcrlError } from '@icrl/core'
import { PbfReader } from 'pbf'
import { malformed } from './refuse.ts'

/** Takes the value of one field, if that has the kind it should have on the wire. */
export interface FieldReader {
  readonly wireType: 0 | 1 | 2
  readonly take: (reader: PbfReader) => void
}

/** A varint: an integer, an enum, a boolean. */
export const integer = (take: (value: number) => void): FieldReader => ({
  wireType: 0,
  take: (reader) => take(reader.readVarint(true)),
})

export const double = (take: (value: number) => void): FieldReader => ({
  wireType: 1,
  take: (reader) => take(reader.readDouble()),
})

/** Bytes, or a message to be read with {@link readFields}: they share memory with what is read. */
export const bytes = (take: (value: Uint8Array) => void): FieldReader => ({
  wireType: 2,
  take: (reader) => take(reader.readBytes()),
})

export const text = (take: (value: string) => void): FieldReader => ({
  wireType: 2,
  take: (reader) => take(reader.readString()),
})

/** Integers, packed or one by one. */
export const packedIntegers = (take: (values: readonly number[]) => void): FieldReader => ({
  wireType: 2,
  take: (reader) => take(reader.readPackedVarint([], true)),
})

/**
 * Reads the fields of one message. A nested one is read from its own bytes, so that no length that
 * a message claims reaches beyond it. Unknown fields are passed over.
 *
 * @throws IcrlError `invalid-shape` for what ends in the middle, or is no message
 */
export function readFields(
  message: Uint8Array,
  what: string,
  fields: Readonly<Record<number, FieldReader>>,
): void {
  const reader = new PbfReader(message)
  try {
    for (let number = reader.nextField(); number !== 0; number = reader.nextField()) {
      const field = fields[number]
      if (!field) continue
      if (reader.type !== field.wireType)
        throw malformed(`${what}: field ${number} has wire type ${reader.type}.`)
      field.take(reader)
      if (reader.pos > reader.length) break
    }
  } catch (error) {
    // What pbf throws over bytes that are no message is of several classes.
    if (isIcrlError(error)) throw error
    throw malformed(`${what}: it is no protobuf message.`, error)
  }
  if (reader.pos !== reader.length)
    throw malformed(`${what}: it ends in the middle of a field, or is no protobuf message.`)
}

/** One entry of a map: its key and the bytes, or number, of its value. */
export function readEntry<T>(
  entry: Uint8Array,
  what: string,
  value: (take: (value: T) => void) => FieldReader,
): readonly [string, T | undefined] {
  let key = ''
  let found: T | undefined
  readFields(entry, what, {
    1: text((given) => (key = given)),
    2: value((given) => (found = given)),
  })
  return [key, found]
}
