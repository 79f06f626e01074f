/** Element types that are written: ggml's number of each, and how many numbers and bytes a block has. */
export const GGML_TYPES = {
  F32: { id: 0, numbers: 1, bytes: 4 },
  F16: { id: 1, numbers: 1, bytes: 2 },
  Q8_0: { id: 8, numbers: 32, bytes: 34 },
  BF16: { id: 30, numbers: 1, bytes: 2 },
} as const

export type GgmlType = keyof typeof GGML_TYPES
