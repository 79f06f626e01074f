import { IcrlError } from '@icrl/core'
import { toHalf } from '../encode-floats.ts'
import { GGML_TYPES } from './ggml-types.ts'

/** 32 numbers that share a scale: it is an f16, they are int8. */
const { numbers: NUMBERS, bytes: BYTES } = GGML_TYPES.Q8_0

/**
 * Numbers as ggml's Q8_0: for each block of 32, d = max|x| / 127 and q = round(x / d), halves away
 * from zero, computed in float32 as `quantize_row_q8_0_ref` does; d is stored as f16.
 *
 * @param values a multiple of 32
 * @throws IcrlError `non-finite` for a number whose scale f16 cannot hold
 */
export function encodeQ8(values: Float32Array, where: string): Uint8Array {
  const blocks = values.length / NUMBERS
  const bytes = new Uint8Array(blocks * BYTES)
  const out = new DataView(bytes.buffer)
  const scale = new Float32Array(1)
  const bits = new Uint32Array(scale.buffer)
  for (let block = 0; block < blocks; block++) {
    const numbers = values.subarray(block * NUMBERS, (block + 1) * NUMBERS)
    let most = 0
    for (let i = 0; i < NUMBERS; i++) most = Math.max(most, Math.abs(numbers[i]))
    scale[0] = most / 127
    const inverse = scale[0] === 0 ? 0 : Math.fround(1 / scale[0])
    const half = toHalf(bits[0], scale[0])
    if ((half & 0x7c00) === 0x7c00) throw tooLarge(where, most)
    const at = block * BYTES
    out.setUint16(at, half, true)
    for (let i = 0; i < NUMBERS; i++) {
      const scaled = Math.fround(numbers[i] * inverse)
      out.setInt8(at + 2 + i, Math.sign(scaled) * Math.floor(Math.abs(scaled) + 0.5))
    }
  }
  return bytes
}

function tooLarge(where: string, value: number): IcrlError {
  return new IcrlError(`${where} has a number of ${value}, more than Q8_0 can hold.`, {
    code: 'non-finite',
    remedy: 'Choose bf16, which has the range of float32.',
  })
}
