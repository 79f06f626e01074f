import type { FileHandle } from 'node:fs/promises'
import { writeAtomically } from './write-atomically.ts'

/** A tensor to store as F32. */
export interface TensorSource {
  readonly shape: readonly number[]
  /** Its values, row by row. */
  read(): Promise<Float32Array>
}

/**
 * Writes tensors as one safetensors file of F32, atomically, one tensor in memory at a time.
 *
 * @param metadata strings for the header
 * @throws IcrlError `write-failed`
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
  const entries: Record<string, unknown> = { __metadata__: metadata }
  let offset = 0
  for (const [name, { shape }] of tensors) {
    const end = offset + 4 * shape.reduce((size, length) => size * length, 1)
    entries[name] = { dtype: 'F32', shape, data_offsets: [offset, end] }
    offset = end
  }
  await writeAtomically(path, async (file) => {
    await writeFully(file, encodeHeader(entries))
    for (const { read } of tensors.values()) {
      const values = await read()
      await writeFully(file, new Uint8Array(values.buffer, values.byteOffset, values.byteLength))
    }
  })
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

async function writeFully(file: FileHandle, bytes: Uint8Array): Promise<void> {
  for (let done = 0; done < bytes.length;) {
    const { bytesWritten } = await file.write(bytes, done, Math.min(bytes.length - done, 1 << 30))
    done += bytesWritten
  }
}
