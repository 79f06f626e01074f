import { readFile } from 'node:fs/promises'

/** A tensor of a GGUF file: shape as in Hugging Face, ggml's number of its type, its bytes. */
export interface ReadTensor {
  readonly shape: readonly number[]
  readonly type: number
  readonly bytes: Uint8Array
}

/** Bytes of so many numbers, by ggml's number of the type. */
const SIZES: Readonly<Record<number, (numbers: number) => number>> = {
  0: (numbers) => 4 * numbers,
  1: (numbers) => 2 * numbers,
  8: (numbers) => (numbers / 32) * 34,
  30: (numbers) => 2 * numbers,
}

/** Reads a whole GGUF file, for tests. */
export async function readGguf(
  path: string,
): Promise<{ metadata: Map<string, unknown>; tensors: Map<string, ReadTensor> }> {
  const file = await readFile(path)
  let at = 0
  const take = (bytes: number): number => (at += bytes) - bytes
  const u32 = (): number => file.readUInt32LE(take(4))
  const u64 = (): number => Number(file.readBigUInt64LE(take(8)))
  const string = (): string => {
    const length = u64()
    return file.toString('utf8', take(length), at)
  }
  const value = (type: number): unknown => {
    if (type === 4) return u32()
    if (type === 5) return file.readInt32LE(take(4))
    if (type === 6) return file.readFloatLE(take(4))
    if (type === 7) return file.readUInt8(take(1)) === 1
    if (type === 8) return string()
    if (type !== 9) throw new Error(`type ${type}`)
    const [element, length] = [u32(), u64()]
    return Array.from({ length }, () => value(element))
  }
  if (file.toString('latin1', 0, take(4) + 4) !== 'GGUF' || u32() !== 3) throw new Error('no GGUF')
  const [tensorCount, keys] = [u64(), u64()]
  const metadata = new Map(
    Array.from({ length: keys }, () => [string(), value(u32())] as [string, unknown]),
  )
  const infos = Array.from({ length: tensorCount }, () => {
    const name = string()
    const shape = Array.from({ length: u32() }, u64).toReversed()
    return { name, shape, type: u32(), offset: u64() }
  })
  const start = Math.ceil(at / 32) * 32
  const tensors = infos.map(({ name, shape, type, offset }): [string, ReadTensor] => {
    const numbers = shape.reduce((product, length) => product * length, 1)
    const bytes = file.subarray(start + offset, start + offset + SIZES[type](numbers))
    return [name, { shape, type, bytes }]
  })
  return { metadata, tensors: new Map(tensors) }
}
