import { IcrlError } from '@icrl/core'

/** Element types this package reads. */
export type StoredType = 'F32' | 'BF16' | 'F16'

/** Bytes of an element. */
export const BYTES: Readonly<Record<StoredType, number>> = { F32: 4, BF16: 2, F16: 2 }

/** Where one tensor lies in a safetensors file. */
export interface StoredTensor {
  readonly type: StoredType
  readonly shape: readonly number[]
  /** Bytes from the start of the file. */
  readonly start: number
  readonly end: number
}

/** What a safetensors file says about itself. */
export interface SafetensorsHeader {
  readonly tensors: ReadonlyMap<string, StoredTensor>
  readonly metadata: Readonly<Record<string, string>>
}

/** An error about a damaged file. */
export function corrupt(path: string, message: string, cause?: unknown): IcrlError {
  return new IcrlError(`${path}: ${message}`, {
    code: 'corrupt-file',
    remedy: 'Download or save the model again.',
    cause,
  })
}

/**
 * Parses a safetensors header (a little-endian u64 length precedes it) and checks every tensor: a
 * known type, as many bytes as its shape needs, all inside the file.
 *
 * @param json the header's bytes, decoded
 * @param dataStart where the tensors' bytes begin
 * @param fileSize bytes of the whole file
 */
export function parseHeader(
  path: string,
  json: string,
  dataStart: number,
  fileSize: number,
): SafetensorsHeader {
  const { __metadata__: metadata = {}, ...entries } = parseObject(path, json)
  const tensors = new Map<string, StoredTensor>()
  for (const [name, entry] of Object.entries(entries))
    tensors.set(name, parseEntry(path, name, entry, dataStart, fileSize))
  return { tensors, metadata: metadata as Record<string, string> }
}

function parseObject(path: string, json: string): Record<string, unknown> {
  try {
    const parsed: unknown = JSON.parse(json)
    if (typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed))
      return parsed as Record<string, unknown>
  } catch (cause) {
    throw corrupt(path, 'its header is not JSON: no safetensors file, or damaged.', cause)
  }
  throw corrupt(path, 'its header is not a JSON object.')
}

function parseEntry(
  path: string,
  name: string,
  entry: unknown,
  dataStart: number,
  fileSize: number,
): StoredTensor {
  const {
    dtype,
    shape,
    data_offsets: offsets,
  } = (entry ?? {}) as { dtype?: unknown; shape?: unknown; data_offsets?: unknown }
  if (!isCounts(shape) || !isCounts(offsets) || offsets.length !== 2)
    throw corrupt(path, `the header's entry of tensor ${name} is malformed.`)
  if (dtype !== 'F32' && dtype !== 'BF16' && dtype !== 'F16') {
    throw new IcrlError(`${path}: tensor ${name} is stored as ${JSON.stringify(dtype)}.`, {
      code: 'unsupported',
      remedy: 'Convert the model to F32, BF16 or F16.',
    })
  }
  const bytes = shape.reduce((size, length) => size * length, BYTES[dtype])
  if (offsets[1] - offsets[0] !== bytes) {
    throw corrupt(
      path,
      `tensor ${name} [${shape.join(', ')}] of ${dtype} needs ${bytes} bytes, its offsets span ${offsets[1] - offsets[0]}.`,
    )
  }
  if (dataStart + offsets[1] > fileSize) {
    throw corrupt(
      path,
      `tensor ${name} ends at byte ${dataStart + offsets[1]}, the file at ${fileSize}: it is truncated.`,
    )
  }
  return { type: dtype, shape, start: dataStart + offsets[0], end: dataStart + offsets[1] }
}

function isCounts(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((item) => Number.isSafeInteger(item) && item >= 0)
}
