import { IcrlError } from '@icrl/core'
import type { FloatType } from './safetensors-header.ts'

/**
 * Float32 numbers as they are stored, little-endian: the inverse of `decodeFloats`. BF16 and F16 are
 * rounded to the nearest, ties to even; NaN and infinities stay what they are.
 *
 * @param where what to call them in errors, such as a tensor's name
 * @throws IcrlError `non-finite` for a finite number that rounds to an infinity
 *
 * @example
 * encodeFloats(Float32Array.of(1), 'BF16', 'norm') // [0x80, 0x3f]
 */
export function encodeFloats(values: Float32Array, type: FloatType, where: string): Uint8Array {
  if (type === 'F32') return new Uint8Array(values.buffer, values.byteOffset, values.byteLength)
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length)
  const halves = new Uint16Array(values.length)
  const [round, infinity] = type === 'BF16' ? [toBfloat, 0x7f80] : [toHalf, 0x7c00]
  for (let i = 0; i < bits.length; i++) {
    halves[i] = round(bits[i], values[i])
    if ((halves[i] & infinity) === infinity && Number.isFinite(values[i]))
      throw new IcrlError(`${where}: number ${i} is ${values[i]}, more than ${type} can hold.`, {
        code: 'non-finite',
        remedy: 'Store it as a type of larger range: F32, or BF16 instead of F16.',
      })
  }
  return new Uint8Array(halves.buffer)
}

/**
 * @throws IcrlError `non-finite` naming the first NaN or infinity: no weight has one
 */
export function requireFinite(values: Float32Array, where: string): void {
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length)
  for (let at = 0; at < bits.length; at++) {
    if ((bits[at] & 0x7f800000) !== 0x7f800000) continue
    throw new IcrlError(`${where}: number ${at} is ${values[at]}, which cannot be a weight.`, {
      code: 'non-finite',
      remedy: 'Use weights from before training failed, or take the model again.',
    })
  }
}

/**
 * A number as IEEE 754 binary16; from 65,520 on it is infinite.
 *
 * @param bits those of the number as float32
 */
export function toHalf(bits: number, value: number): number {
  const sign = (bits >>> 16) & 0x8000
  const magnitude = bits & 0x7fffffff
  if (magnitude >= 0x47800000) return sign | (magnitude > 0x7f800000 ? 0x7e00 : 0x7c00)
  if (magnitude < 0x38800000) return sign | roundToEven(Math.abs(value) * 2 ** 24)
  return sign | ((magnitude - 0x38000000 + 0xfff + ((magnitude >>> 13) & 1)) >>> 13)
}

/** The upper half of a float32, rounded; NaN stays NaN. */
function toBfloat(bits: number): number {
  if ((bits & 0x7fffffff) > 0x7f800000) return (bits >>> 16) | 64
  return (bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16
}

function roundToEven(value: number): number {
  const whole = Math.floor(value)
  const rest = value - whole
  return rest > 0.5 || (rest === 0.5 && whole % 2 === 1) ? whole + 1 : whole
}
