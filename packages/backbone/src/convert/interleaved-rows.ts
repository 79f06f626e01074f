import { rowWidth, type WeightRows } from './weight-rows.ts'

/**
 * Rows of each head in the order of llama.cpp's `llama` models, which rotate neighboring components:
 * row 2i + j of a head is row j·d/2 + i of Hugging Face, which rotates component i with i + d/2.
 */
export function interleavedRows(weight: WeightRows, headDim: number): WeightRows {
  const width = rowWidth(weight.shape)
  return {
    ...weight,
    together: headDim,
    async read(from, to) {
      const values = await weight.read(from, to)
      const ordered = new Float32Array(values.length)
      for (let row = 0; row < to - from; row++) {
        const within = row % headDim
        const source = row - within + (within % 2) * (headDim / 2) + (within >> 1)
        ordered.set(values.subarray(source * width, (source + 1) * width), row * width)
      }
      return ordered
    },
  }
}
