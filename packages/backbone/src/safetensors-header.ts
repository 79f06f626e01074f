import { IcrlError } from '@icrl/core'

/** Element types of a safetensors file, and how many bits an element takes. */
const BITS = {
  BOOL: 8,
  F4: 4,
  F6_E2M3: 6,
  F6_E3M2: 6,
  U8: 8,
  I8: 8,
  F8_E5M2: 8,
  F8_E4M3: 8,
  F8_E5M2FNUZ: 8,
  F8_E4M3FNUZ: 8,
  F8_E8M0: 8,
  I16: 16,
  U16: 16,
  F16: 16,
  BF16: 16,
  I32: 32,
  U32: 32,
  F32: 32,
  C64: 64,
  F64: 64,
  I64: 64,
  U64: 64,
}

/** Element types that a file can hold. */
export type StoredType = keyof typeof BITS

/** Element types this package reads. */
export type FloatType = 'F32' | 'BF16' | 'F16'

/** Element types this package writes. */
export type WrittenType = FloatType | 'I32'

/** Bytes of an element. */
export const BYTES: Readonly<Record<WrittenType, number>> = { F32: 4, BF16: 2, F16: 2, I32: 4 }

/** Where one tensor lies in a safetensors file. */
export interface StoredTensor {
  /** The type of its numbers, as the file has them. */
  readonly type: StoredType
  /** `[rank]` its dimensions. */
  readonly shape: readonly number[]
  /** Bytes from the start of the file. */
  readonly start: number
  /** Byte after its last, counted as `begin` is. */
  readonly end: number
}

/** What a safetensors file says about itself. */
export interface SafetensorsHeader {
  /** Every tensor by its name. */
  readonly tensors: ReadonlyMap<string, StoredTensor>
  /** The header's `__metadata__`, as it stands in the file. */
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
 * The tensor's type, if it is one that can be read as float32.
 *
 * @throws `unsupported`, naming file and tensor
 */
export function floatTypeOf(path: string, name: string, { type }: StoredTensor): FloatType {
  if (type === 'F32' || type === 'BF16' || type === 'F16') return type
  throw unreadable(path, name, type)
}

/**
 * Parses a safetensors header (a little-endian u64 length precedes it) and checks all of it: no name
 * twice, a known type, as many bytes as the shape needs, and tensors that fill the rest of the file,
 * one behind the other, as the format demands. Metadata are strings.
 *
 * @param json the header's bytes, decoded
 * @param dataStart where the tensors' bytes begin
 * @param fileSize bytes of the whole file
 * @throws `corrupt-file`, or `unsupported` for a type that the format does not have
 */
export function parseHeader(
  path: string,
  json: string,
  dataStart: number,
  fileSize: number,
): SafetensorsHeader {
  const { __metadata__: metadata, ...entries } = parseObject(path, json)
  const twice = repeatedKey(json)
  if (twice !== undefined) throw corrupt(path, `its header names ${twice} twice.`)
  const tensors = new Map<string, StoredTensor>()
  for (const [name, entry] of Object.entries(entries))
    tensors.set(name, parseEntry(path, name, entry, dataStart))
  checkLayout(path, tensors, dataStart, fileSize)
  return { tensors, metadata: parseMetadata(path, metadata) }
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

/** The first key that an object of valid JSON has twice: `JSON.parse` keeps the last one silently. */
function repeatedKey(json: string): string | undefined {
  const open: (Set<string> | undefined)[] = []
  let start: number | undefined
  let text = ''
  for (const { 0: token, index } of json.matchAll(/\\.|["{}[\]:]/g))
    if (start !== undefined) {
      if (token !== '"') continue
      text = json.slice(start, index + 1)
      start = undefined
    } else if (token === '"') start = index
    else if (token === '{') open.push(new Set())
    else if (token === '[') open.push(undefined)
    else if (token === '}' || token === ']') open.pop()
    else {
      const key = JSON.parse(text) as string
      const keys = open.at(-1)
      if (keys?.has(key)) return key
      keys?.add(key)
    }
  return undefined
}

function parseMetadata(path: string, metadata: unknown): Readonly<Record<string, string>> {
  if (metadata === undefined || metadata === null) return {}
  if (typeof metadata !== 'object' || Array.isArray(metadata))
    throw corrupt(path, 'its __metadata__ is not an object.')
  const wrong = Object.entries(metadata).find(([, value]) => typeof value !== 'string')
  if (wrong !== undefined)
    throw corrupt(path, `its __metadata__ has ${JSON.stringify(wrong[1])} as "${wrong[0]}".`)
  return metadata as Record<string, string>
}

function parseEntry(path: string, name: string, entry: unknown, dataStart: number): StoredTensor {
  const {
    dtype,
    shape,
    data_offsets: offsets,
  } = (entry ?? {}) as { dtype?: unknown; shape?: unknown; data_offsets?: unknown }
  if (!isCounts(shape) || !isCounts(offsets) || offsets.length !== 2)
    throw corrupt(path, `the header's entry of tensor ${name} is malformed.`)
  if (typeof dtype !== 'string' || !Object.hasOwn(BITS, dtype)) throw unreadable(path, name, dtype)
  const type = dtype as StoredType
  const bytes = shape.reduce((size, length) => size * length, BITS[type]) / 8
  if (offsets[1] - offsets[0] !== bytes) {
    throw corrupt(
      path,
      `tensor ${name} [${shape.join(', ')}] of ${type} needs ${bytes} bytes, its offsets span ${offsets[1] - offsets[0]}.`,
    )
  }
  return { type, shape, start: dataStart + offsets[0], end: dataStart + offsets[1] }
}

/** Tensors may be named in any order; their bytes leave no gap and overlap nowhere. */
function checkLayout(
  path: string,
  tensors: ReadonlyMap<string, StoredTensor>,
  dataStart: number,
  fileSize: number,
): void {
  const inOrder = [...tensors].sort(([, a], [, b]) => a.start - b.start || a.end - b.end)
  let end = dataStart
  for (const [name, tensor] of inOrder) {
    if (tensor.start !== end)
      throw corrupt(
        path,
        `tensor ${name} begins at byte ${tensor.start}, ${tensor.start < end ? 'inside the tensor before it' : `${tensor.start - end} bytes behind the tensor before it`}.`,
      )
    end = tensor.end
    if (end > fileSize)
      throw corrupt(
        path,
        `tensor ${name} ends at byte ${end}, the file at ${fileSize}: it is truncated.`,
      )
  }
  if (end < fileSize)
    throw corrupt(path, `it has ${fileSize - end} bytes that belong to no tensor at its end.`)
}

function unreadable(path: string, name: string, type: unknown): IcrlError {
  return new IcrlError(`${path}: tensor ${name} is stored as ${JSON.stringify(type)}.`, {
    code: 'unsupported',
    remedy: 'Convert the model to F32, BF16 or F16.',
  })
}

function isCounts(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((item) => Number.isSafeInteger(item) && item >= 0)
}
