import { writeAtomically } from '../write-atomically.ts'
import { writeFully } from '../save-safetensors.ts'
import { GGML_TYPES, type GgmlType } from './ggml-types.ts'

/** A tensor to be written, whose bytes come in pieces. */
export interface GgufTensor {
  readonly name: string
  readonly type: GgmlType
  /** As in Hugging Face: rows, then columns. The file has them the other way round. */
  readonly shape: readonly number[]
  pieces(): AsyncIterable<Uint8Array>
}

/** A value of the metadata, as the file has it: its type's number, then its bytes. */
export type GgufValue = Uint8Array

export const uint32 = (value: number): GgufValue =>
  scalar(4, 4, (out) => out.setUint32(4, value, true))
export const float32 = (value: number): GgufValue =>
  scalar(6, 4, (out) => out.setFloat32(4, value, true))
export const bool = (value: boolean): GgufValue =>
  scalar(7, 1, (out) => out.setUint8(4, Number(value)))
export const text = (value: string): GgufValue => Buffer.concat([tag(8), string(value)])
export const texts = (values: readonly string[]): GgufValue =>
  Buffer.concat([tag(9), tag(8), count(values.length), ...values.map(string)])
export const int32s = (values: readonly number[]): GgufValue =>
  Buffer.concat([tag(9), tag(5), count(values.length), Buffer.from(Int32Array.from(values).buffer)])

/** Bytes that each tensor's beginning is a multiple of; the format's default. */
const ALIGNMENT = 32

/**
 * Writes a GGUF file (version 3, little-endian) atomically, one piece of a tensor in memory at a
 * time.
 *
 * @throws IcrlError `write-failed`
 */
export async function writeGguf(
  path: string,
  metadata: ReadonlyMap<string, GgufValue>,
  tensors: readonly GgufTensor[],
): Promise<void> {
  const { head, size } = ggufLayout(metadata, tensors)
  await writeAtomically(
    path,
    async (file) => {
      await writeFully(file, head)
      for (const tensor of tensors) {
        for await (const piece of tensor.pieces()) await writeFully(file, piece)
        await writeFully(file, padding(bytesOf(tensor)))
      }
    },
    size,
  )
}

/** Everything before the tensors' bytes, and how long the file gets. */
export function ggufLayout(
  metadata: ReadonlyMap<string, GgufValue>,
  tensors: readonly GgufTensor[],
): { head: Uint8Array; size: number } {
  const parts: Uint8Array[] = [
    Buffer.from('GGUF'),
    tag(3),
    count(tensors.length),
    count(metadata.size),
  ]
  for (const [key, value] of metadata) parts.push(string(key), value)
  let offset = 0
  for (const tensor of tensors) {
    const { name, type, shape } = tensor
    const lengths = shape.toReversed().map(count)
    parts.push(string(name), tag(shape.length), ...lengths, tag(GGML_TYPES[type].id), count(offset))
    offset += bytesOf(tensor) + padding(bytesOf(tensor)).length
  }
  const head = Buffer.concat(parts)
  const aligned = Buffer.concat([head, padding(head.length)])
  return { head: aligned, size: aligned.length + offset }
}

function bytesOf({ shape, type }: GgufTensor): number {
  const { numbers, bytes } = GGML_TYPES[type]
  return (shape.reduce((size, length) => size * length, 1) / numbers) * bytes
}

function padding(bytes: number): Uint8Array {
  return new Uint8Array((ALIGNMENT - (bytes % ALIGNMENT)) % ALIGNMENT)
}

function scalar(type: number, bytes: number, set: (out: DataView) => void): GgufValue {
  const value = Buffer.concat([tag(type), new Uint8Array(bytes)])
  set(new DataView(value.buffer, value.byteOffset, value.byteLength))
  return value
}

function tag(value: number): Buffer {
  const out = Buffer.alloc(4)
  out.writeUInt32LE(value)
  return out
}

function count(value: number): Buffer {
  const out = Buffer.alloc(8)
  out.writeBigUInt64LE(BigInt(value))
  return out
}

function string(value: string): Buffer {
  const bytes = Buffer.from(value)
  return Buffer.concat([count(bytes.length), bytes])
}
