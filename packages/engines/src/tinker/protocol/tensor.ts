import { IcrlError } from '@icrl/core'
import { z } from 'zod'
import { malformed } from './refuse.ts'

/**
 * Numbers of one kind, flat in row-major order. The wire's `int64` is an `Int32Array` here: it
 * carries token ids and counts, and one beyond 32 bits is refused.
 */
export interface Tensor {
  readonly data: Float32Array | Int32Array
  readonly shape: readonly number[]
}

/** A tensor as JSON has it. `shape` and `dtype` are optional: SkyRL reads and requires neither. */
export interface TensorJson {
  readonly data: readonly number[]
  readonly dtype?: 'float32' | 'int64'
  readonly shape?: readonly number[] | null
}

export const tensorJson: z.ZodType<TensorJson> = z.object({
  data: z.array(z.number()),
  dtype: z.enum(['float32', 'int64']).optional(),
  shape: z.array(z.int().min(0)).nullish(),
})

/** A vector `[T]`. */
export function vector(data: Float32Array | Int32Array): Tensor {
  return { data, shape: [data.length] }
}

/** @throws IcrlError `non-finite`: JSON has no NaN and no infinity */
export function tensorToJson({ data, shape }: Tensor): TensorJson {
  const isFloat = data instanceof Float32Array
  if (isFloat && !data.every(Number.isFinite))
    throw new IcrlError('Tinker protocol: a tensor holds a value that is not finite.', {
      code: 'non-finite',
      remedy: 'JSON cannot carry it. Look at what computed it.',
    })
  return { data: Array.from(data), dtype: isFloat ? 'float32' : 'int64', shape: [...shape] }
}

/**
 * @param expected the kind where the message does not say it
 * @throws IcrlError `invalid-shape` for a shape that does not fit, or an integer that is none
 */
export function tensorFromJson(
  { data, dtype, shape }: TensorJson,
  expected: 'float32' | 'int64' = data.every(Number.isInteger) ? 'int64' : 'float32',
): Tensor {
  return (dtype ?? expected) === 'float32'
    ? shaped(Float32Array.from(data), shape ?? [data.length])
    : shaped(integers(data), shape ?? [data.length])
}

function shaped(data: Float32Array | Int32Array, shape: readonly number[]): Tensor {
  const size = shape.reduce((product, length) => product * length, 1)
  if (size !== data.length)
    throw malformed(`a tensor of shape [${shape.join(', ')}] has ${data.length} values.`)
  return { data, shape }
}

function integers(data: readonly number[]): Int32Array {
  const wrong = data.findIndex((value) => !Number.isInteger(value) || value !== (value | 0))
  if (wrong >= 0) throw malformed(`value ${wrong} of an integer tensor is ${data[wrong]}.`)
  return Int32Array.from(data)
}

/** Kinds by their number in `tinker_public.DType`, with the bytes of one value. */
const DTYPES: Readonly<Record<number, { readonly name: string; readonly bytes: number }>> = {
  1: { name: 'float32', bytes: 4 },
  2: { name: 'int64', bytes: 8 },
  3: { name: 'int32', bytes: 4 },
  4: { name: 'bfloat16', bytes: 2 },
}

/** @throws IcrlError `invalid-shape` for an unknown kind */
export function bytesPerValue(dtype: number): number {
  return kindOf(dtype).bytes
}

function kindOf(dtype: number): (typeof DTYPES)[number] {
  const kind = DTYPES[dtype]
  if (!kind) throw malformed(`a tensor is of kind ${dtype}, which is none of DType.`)
  return kind
}

/** The number in `tinker_public.DType` that an array is written as. */
export function dtypeOf(data: Float32Array | Int32Array): number {
  return data instanceof Float32Array ? 1 : 2
}

/** Little-endian bytes: float32, and int64 for integers. */
export function tensorBytes(data: Float32Array | Int32Array): Uint8Array {
  if (data instanceof Float32Array) return floatBytes(data)
  const bytes = new Uint8Array(data.length * 8)
  const view = new DataView(bytes.buffer)
  data.forEach((value, i) => view.setBigInt64(8 * i, BigInt(value), true))
  return bytes
}

/** @throws IcrlError `invalid-shape` for an unknown kind, or bytes that are no whole number of values */
export function tensorFromBytes(bytes: Uint8Array, dtype: number): Float32Array | Int32Array {
  const kind = kindOf(dtype)
  const view = viewOf(bytes, kind.bytes)
  const length = bytes.length / kind.bytes
  if (kind.name === 'float32') return floatsFromBytes(bytes)
  if (kind.name === 'int32') return integersFromBytes(bytes)
  if (kind.name === 'int64')
    return integers(Array.from({ length }, (_, i) => Number(view.getBigInt64(8 * i, true))))
  const floats = new Float32Array(length)
  const bits = new Uint32Array(floats.buffer)
  for (let i = 0; i < length; i++) bits[i] = view.getUint16(2 * i, true) << 16
  return floats
}

/** Float32 values as little-endian bytes. */
export function floatBytes(data: Float32Array): Uint8Array {
  const bytes = new Uint8Array(data.length * 4)
  const view = new DataView(bytes.buffer)
  data.forEach((value, i) => view.setFloat32(4 * i, value, true))
  return bytes
}

/** @throws IcrlError `invalid-shape` for bytes that are no whole number of values */
export function floatsFromBytes(bytes: Uint8Array): Float32Array {
  const view = viewOf(bytes, 4)
  return Float32Array.from({ length: bytes.length / 4 }, (_, i) => view.getFloat32(4 * i, true))
}

/** Int32 values as little-endian bytes. */
export function integerBytes(data: Int32Array): Uint8Array {
  const bytes = new Uint8Array(data.length * 4)
  const view = new DataView(bytes.buffer)
  data.forEach((value, i) => view.setInt32(4 * i, value, true))
  return bytes
}

/** @throws IcrlError `invalid-shape` for bytes that are no whole number of values */
export function integersFromBytes(bytes: Uint8Array): Int32Array {
  const view = viewOf(bytes, 4)
  return Int32Array.from({ length: bytes.length / 4 }, (_, i) => view.getInt32(4 * i, true))
}

function viewOf(bytes: Uint8Array, size: number): DataView {
  if (bytes.length % size !== 0)
    throw malformed(`${bytes.length} bytes are no whole number of values of ${size} bytes.`)
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
