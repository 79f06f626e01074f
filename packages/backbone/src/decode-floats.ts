import { BYTES, type FloatType } from './safetensors-header.ts'

/**
 * Little-endian stored numbers as float32: bf16 and f16 are widened exactly.
 *
 * @example
 * decodeFloats(Uint8Array.of(0x80, 0x3f), 'BF16') // [1]
 */
export function decodeFloats(bytes: Uint8Array, type: FloatType): Float32Array {
  const length = bytes.byteLength / BYTES[type]
  const aligned = bytes.byteOffset % BYTES[type] === 0 ? bytes : bytes.slice()
  if (type === 'F32') return new Float32Array(aligned.buffer, aligned.byteOffset, length)
  const halves = new Uint16Array(aligned.buffer, aligned.byteOffset, length)
  const floats = new Float32Array(length)
  const bits = new Uint32Array(floats.buffer)
  if (type === 'BF16') for (let i = 0; i < length; i++) bits[i] = halves[i] << 16
  else for (let i = 0; i < length; i++) floats[i] = halfToFloat(halves[i])
  return floats
}

/** IEEE 754 binary16: sign, 5 exponent bits (bias 15), 10 of fraction. */
function halfToFloat(half: number): number {
  const sign = half & 0x8000 ? -1 : 1
  const exponent = (half >> 10) & 0x1f
  const fraction = half & 0x3ff
  if (exponent === 0) return sign * fraction * 2 ** -24
  if (exponent === 0x1f) return fraction === 0 ? sign * Infinity : NaN
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15)
}
