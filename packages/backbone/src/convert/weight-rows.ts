import { requireFinite } from '../encode-floats.ts'
import type { PlacedTensor } from '../place-tensors.ts'
import { floatTypeOf, type FloatType } from '../safetensors-header.ts'

/** A parameter whose values are read a few rows at a time, so that it is never whole in memory. */
export interface WeightRows {
  /** `[rows][columns]`, or `[rows]` of one number each. */
  readonly shape: readonly number[]
  /** Element type it is stored in. */
  readonly type: FloatType
  /** Rows that must be read together: ranges begin and end at its multiples. @defaultValue 1 */
  readonly together?: number
  /** Rows `from` to `to` (exclusive), one behind the other. */
  read(from: number, to: number): Promise<Float32Array>
}

/** Numbers read at once, about. */
const BLOCK = 1 << 22

/** The rows of a tensor in a file. */
export function storedRows({ file, name }: PlacedTensor): WeightRows {
  const tensor = file.tensor(name)
  const width = rowWidth(tensor.shape)
  return {
    shape: tensor.shape,
    type: floatTypeOf(file.path, name, tensor),
    read: (from, to) => file.read(name, { from: from * width, to: to * width }),
  }
}

/** Numbers of a row. */
export function rowWidth(shape: readonly number[]): number {
  return shape.slice(1).reduce((product, length) => product * length, 1)
}

/**
 * All values, block by block.
 *
 * @param where what to call them in errors
 * @throws IcrlError `non-finite` for a number that no weight has
 */
export async function* blocksOf(
  { shape, together = 1, read }: WeightRows,
  where: string,
): AsyncIterable<Float32Array> {
  const [rows] = shape
  const step = together * Math.max(1, Math.floor(BLOCK / (together * rowWidth(shape))))
  for (let from = 0; from < rows; from += step) {
    const values = await read(from, Math.min(rows, from + step))
    requireFinite(values, where)
    yield values
  }
}
