import type { FileHandle } from 'node:fs/promises'
import { encodeFloats } from './encode-floats.ts'
import { BYTES, type FloatType, type WrittenType } from './safetensors-header.ts'
import { writeAtomically } from './write-atomically.ts'

/** A tensor to store. */
export interface TensorSource {
  /** `[rank]` its dimensions. */
  readonly shape: readonly number[]
  /** Element type in the file. @defaultValue F32 */
  readonly type?: FloatType
  /** `[values]` its values, row by row. */
  read(): Promise<Float32Array>
}

/** A tensor to store whose bytes come in pieces, so that it is never whole in memory. */
export interface StoredPieces<Type extends WrittenType = WrittenType> {
  readonly shape: readonly number[]
  readonly type: Type
  /** Its bytes in the file, in order. */
  pieces(): AsyncIterable<Uint8Array>
}

/**
 * Writes tensors as one safetensors file, atomically, one tensor in memory at a time. BF16 and F16
 * are rounded to the nearest, ties to even.
 *
 * @param metadata strings for the header
 * @throws IcrlError `write-failed`; `non-finite` for a number that its type cannot hold
 *
 * @example
 * await saveSafetensors(
 *   'model.safetensors',
 *   new Map([['w', { shape: [2], read: async () => Float32Array.of(1, 2) }]]),
 *   { format: 'pt' },
 * )
 */
export async function saveSafetensors(
  path: string,
  tensors: ReadonlyMap<string, TensorSource>,
  metadata: Readonly<Record<string, string>>,
): Promise<void> {
  const whole = [...tensors].map(([name, { shape, type = 'F32', read }]) => {
    const pieces = async function* (): AsyncIterable<Uint8Array> {
      yield encodeFloats(await read(), type, `${path}: tensor ${name}`)
    }
    return [name, { shape, type, pieces }] as const
  })
  await writeSafetensors(path, new Map(whole), metadata)
}

/** `saveSafetensors` of tensors that come in pieces. */
export async function writeSafetensors(
  path: string,
  tensors: ReadonlyMap<string, StoredPieces>,
  metadata: Readonly<Record<string, string>>,
): Promise<void> {
  const entries: Record<string, unknown> = { __metadata__: metadata }
  let offset = 0
  for (const [name, tensor] of tensors) {
    const end = offset + storedBytes(tensor)
    entries[name] = { dtype: tensor.type, shape: tensor.shape, data_offsets: [offset, end] }
    offset = end
  }
  const header = encodeHeader(entries)
  await writeAtomically(
    path,
    async (file) => {
      await writeFully(file, header)
      for (const { pieces } of tensors.values())
        for await (const piece of pieces()) await writeFully(file, piece)
    },
    header.length + offset,
  )
}

/** Bytes of a tensor in a file. */
export function storedBytes({ shape, type }: Pick<StoredPieces, 'shape' | 'type'>): number {
  return shape.reduce((size, length) => size * length, BYTES[type])
}

/** Length and JSON, padded with blanks so that the tensors begin at a multiple of 8 bytes. */
function encodeHeader(entries: Record<string, unknown>): Uint8Array {
  const json = new TextEncoder().encode(JSON.stringify(entries))
  const padded = Math.ceil(json.length / 8) * 8
  const header = new Uint8Array(8 + padded).fill(0x20)
  new DataView(header.buffer).setBigUint64(0, BigInt(padded), true)
  header.set(json, 8)
  return header
}

/** Writes all of the bytes: one write takes at most 2 GB. */
export async function writeFully(file: FileHandle, bytes: Uint8Array): Promise<void> {
  for (let done = 0; done < bytes.length;) {
    const { bytesWritten } = await file.write(bytes, done, Math.min(bytes.length - done, 1 << 30))
    done += bytesWritten
  }
}
