import { tensor1d, variable, zeros } from '@tensorflow/tfjs-core'
import type { Tensor, Variable } from '@tensorflow/tfjs-core'

/**
 * How AdamW's moments are kept. `bf16`: half the memory. `8bit`: a quarter; numbers share a scale by
 * blocks of 256 (block-wise quantization, Dettmers et al. 2021, arXiv 2110.02861; the levels here are
 * squares, and fourth powers in the second moment, in place of that paper's dynamic tree). Both are
 * rounded stochastically and without bias, by a counter: a step and an element.
 */
export type MomentStorage = 'float32' | 'bf16' | '8bit'

/** A moment of n numbers. */
export interface Moment {
  /** How its numbers are kept. */
  readonly storage: MomentStorage
  /**
   * float32 in the parameter's shape; or int32: two bfloats each, `[⌈n / 2⌉]`, or four codes each,
   * `[⌈n / 4⌉]`.
   */
  readonly numbers: Variable
  /** Of 8 bits, `[⌈n / 256⌉]`: the largest size in each block. */
  readonly scales?: Variable
}

/** Numbers that share a scale. */
const BLOCK = 256
const NUMBERS: Readonly<Record<Exclude<MomentStorage, 'float32'>, number>> = { bf16: 2, '8bit': 4 }

/**
 * A moment of zeros, for a parameter of this shape.
 *
 * @example
 * zeroMoment([4, 8], 'bf16').numbers.shape // [16]
 */
export function zeroMoment(shape: readonly number[], storage: MomentStorage): Moment {
  if (storage === 'float32') return { storage, numbers: zeroVariable([...shape]) }
  const size = shape.reduce((product, side) => product * side, 1)
  const numbers = zeroVariable([Math.ceil(size / NUMBERS[storage])], 'int32')
  if (storage === 'bf16') return { storage, numbers }
  return { storage, numbers, scales: zeroVariable([Math.ceil(size / BLOCK)]) }
}

/**
 * Frees a moment.
 *
 * @example
 * disposeMoment(zeroMoment([2], '8bit'))
 */
export function disposeMoment({ numbers, scales }: Moment): void {
  numbers.dispose()
  scales?.dispose()
}

function zeroVariable(shape: number[], type: 'float32' | 'int32' = 'float32'): Variable {
  const zero = zeros(shape, type)
  const kept = variable(zero, false)
  zero.dispose()
  return kept
}

/** The `size` numbers of a moment. `isSigned`: it is a first one. */
export function unpackMoment(
  { storage, numbers, scales }: Moment,
  size: number,
  isSigned: boolean,
): Float32Array {
  if (storage === 'float32') return numbers.dataSync<'float32'>().slice()
  const { buffer } = Int32Array.from(numbers.dataSync<'int32'>())
  const values = new Float32Array(size)
  if (storage === 'bf16') {
    const [words, halves] = [new Uint32Array(values.buffer), new Uint16Array(buffer)]
    for (let i = 0; i < size; i++) words[i] = halves[i] << 16
    return values
  }
  const [codes, largest] = [new Uint8Array(buffer), scales!.dataSync<'float32'>()]
  for (let i = 0; i < size; i++) {
    const scale = largest[Math.floor(i / BLOCK)]
    const level = isSigned ? ((codes[i] & 127) / 127) ** 2 : (codes[i] / 255) ** 4
    values[i] = level * scale * (isSigned && codes[i] & 128 ? -1 : 1)
  }
  return values
}

/** Gives a moment other numbers, rounded by `random(i)` in [0, 1), a multiple of 2⁻¹⁶. */
export function assignMoment(
  { storage, numbers, scales }: Moment,
  values: Float32Array,
  isSigned: boolean,
  random: (element: number) => number,
): void {
  const packed = new Int32Array(numbers.size)
  if (storage === 'bf16') {
    const words = new Uint32Array(values.buffer, values.byteOffset, values.length)
    const halves = new Uint16Array(packed.buffer)
    for (let i = 0; i < words.length; i++) halves[i] = (words[i] + random(i) * 65_536) >>> 16
  } else {
    const codes = new Uint8Array(packed.buffer)
    const largest = new Float32Array(scales!.size)
    values.forEach((x, i) => {
      const block = Math.floor(i / BLOCK)
      largest[block] = Math.max(largest[block], Math.abs(x))
    })
    values.forEach((x, i) => {
      const part = Math.abs(x) / (largest[Math.floor(i / BLOCK)] || 1)
      codes[i] = isSigned
        ? levelOf(part, 127, 2, random(i)) | (x < 0 ? 128 : 0)
        : // A second moment of zero would let its first one move the weight without bound.
          Math.max(levelOf(part, 255, 4, random(i)), x > 0 ? 1 : 0)
    })
    assignValues(scales!, tensor1d(largest))
  }
  assignValues(numbers, tensor1d(packed, 'int32'))
}

/** The level k of `x = (k / levels)^power`, rounded up with the chance that keeps the mean. */
function levelOf(x: number, levels: number, power: number, uniform: number): number {
  const scaled = x * levels ** power
  const level = Math.floor(scaled ** (1 / power))
  const [low, high] = [level ** power, (level + 1) ** power]
  return Math.min(levels, uniform < (scaled - low) / (high - low) ? level + 1 : level)
}

function assignValues(kept: Variable, values: Tensor): void {
  kept.assign(values)
  values.dispose()
}

/**
 * 32 random bits of an element at a step, of which the first moment takes the lower half and the
 * second one the upper.
 */
export function roundingBits(key: number, element: number): number {
  return mix(key + element)
}

/** The key of a step's rounding: `seed` tells parameters apart. */
export function roundingKey(seed: number, step: number): number {
  return mix(mix(seed) + step)
}

/** A bijection of 32 bits that leaves none of their order (Wellons' `lowbias32`). */
function mix(x: number): number {
  let word = Math.imul(x ^ (x >>> 16), 0x7feb352d)
  word = Math.imul(word ^ (word >>> 15), 0x846ca68b)
  return (word ^ (word >>> 16)) >>> 0
}
