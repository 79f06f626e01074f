import { open } from '#node'
import { IcrlError } from '@icrl/core'
import { decodeFloats } from './decode-floats.ts'
import {
  BYTES,
  corrupt,
  floatTypeOf,
  parseHeader,
  type SafetensorsHeader,
  type StoredTensor,
} from './safetensors-header.ts'

/** Where the bytes of a file come from: a `FileHandle` of Node, or memory. */
interface ByteSource {
  stat(): Promise<{ readonly size: number }>
  read(
    into: Uint8Array,
    offset: number,
    length: number,
    position: number,
  ): Promise<{ readonly bytesRead: number }>
  close(): Promise<void>
}

function inMemory(bytes: Uint8Array): ByteSource {
  return {
    stat: async () => ({ size: bytes.length }),
    async read(into, offset, length, position) {
      const found = bytes.subarray(position, position + length)
      into.set(found, offset)
      return { bytesRead: found.length }
    },
    close: async () => undefined,
  }
}

/**
 * An open safetensors file: its header is read and checked, its tensors are read one by one.
 *
 * @example
 * await using file = await SafetensorsFile.open('model.safetensors')
 * const { shape } = file.tensor('model.norm.weight')
 */
export class SafetensorsFile implements AsyncDisposable {
  readonly path: string
  readonly header: SafetensorsHeader
  readonly #handle: ByteSource

  private constructor(path: string, handle: ByteSource, header: SafetensorsHeader) {
    this.path = path
    this.#handle = handle
    this.header = header
  }

  /**
   * Opens a file and checks its header against its size.
   *
   * @throws IcrlError `missing-file`, `corrupt-file` or `unsupported`, naming file and tensor.
   *
   * @example
   * await using file = await SafetensorsFile.open('model.safetensors')
   * const { shape } = file.tensor('model.norm.weight')
   */
  static async open(path: string): Promise<SafetensorsFile> {
    const handle = await open(path).catch((cause: unknown) => {
      throw new IcrlError(`${path}: the weights cannot be opened.`, {
        code: 'missing-file',
        remedy: 'Check the model folder; it must hold model.safetensors.',
        cause,
      })
    })
    return SafetensorsFile.#from(path, handle)
  }

  /**
   * Opens the bytes of a file, as a browser fetches them.
   *
   * @param path what errors call it
   * @throws IcrlError `corrupt-file` or `unsupported`, naming file and tensor.
   *
   * @example
   * declare const bytes: Uint8Array
   * await using file = await SafetensorsFile.of(bytes)
   */
  static of(bytes: Uint8Array, path = 'model.safetensors'): Promise<SafetensorsFile> {
    return SafetensorsFile.#from(path, inMemory(bytes))
  }

  static async #from(path: string, source: ByteSource): Promise<SafetensorsFile> {
    try {
      return new SafetensorsFile(path, source, await readHeader(path, source))
    } catch (error) {
      await source.close()
      throw error
    }
  }

  /** Where a tensor lies; throws `corrupt-file` if the file has none of this name. */
  tensor(name: string): StoredTensor {
    const found = this.header.tensors.get(name)
    if (found === undefined) throw corrupt(this.path, `tensor ${name} is missing.`)
    return found
  }

  /**
   * Reads a tensor as float32 `[values]`, row by row, or the numbers `from` to `to` (exclusive)
   * of it.
   *
   * @throws IcrlError `unsupported` for a type other than F32, BF16 and F16, `corrupt-file` if the
   * file has no tensor of this name
   */
  async read(name: string, range?: { from: number; to: number }): Promise<Float32Array> {
    const tensor = this.tensor(name)
    const type = floatTypeOf(this.path, name, tensor)
    const { from, to } = range ?? { from: 0, to: (tensor.end - tensor.start) / BYTES[type] }
    const bytes = new Uint8Array((to - from) * BYTES[type])
    await readFully(this.path, this.#handle, bytes, tensor.start + from * BYTES[type])
    return decodeFloats(bytes, type)
  }

  /**
   * Reads bytes of a tensor as they are stored, as many as `into` holds.
   *
   * @param at the first of them, counted from the tensor's own
   * @throws IcrlError `corrupt-file` if the file ends before
   */
  async readBytes(name: string, at: number, into: Uint8Array): Promise<void> {
    await readFully(this.path, this.#handle, into, this.tensor(name).start + at)
  }

  /**
   * Reads a tensor of int32 `[values]`.
   *
   * @throws IcrlError `corrupt-file` if the file has none of this name and type
   */
  async readIntegers(name: string): Promise<Int32Array> {
    const { type, start, end } = this.tensor(name)
    if (type !== 'I32') throw corrupt(this.path, `tensor ${name} is of type ${type}, not I32.`)
    const values = new Int32Array((end - start) / Int32Array.BYTES_PER_ELEMENT)
    await this.readBytes(name, 0, new Uint8Array(values.buffer))
    return values
  }

  /** Closes the file. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#handle.close()
  }
}

async function readHeader(path: string, handle: ByteSource): Promise<SafetensorsHeader> {
  const { size } = await handle.stat()
  if (size < 8) throw corrupt(path, `it has ${size} bytes, too few for a safetensors header.`)
  const prefix = new Uint8Array(8)
  await readFully(path, handle, prefix, 0)
  if (new TextDecoder('latin1').decode(prefix) === 'version ') throw pointer(path)
  const length = new DataView(prefix.buffer).getBigUint64(0, true)
  if (length > BigInt(size - 8))
    throw corrupt(
      path,
      `its header should have ${length} bytes, the file has ${size}: truncated, or no safetensors file.`,
    )
  if (length > MOST_HEADER) throw corrupt(path, `its header has ${length} bytes, far too many.`)
  const json = new Uint8Array(Number(length))
  await readFully(path, handle, json, 8)
  return parseHeader(path, decoded(path, json), 8 + json.length, size)
}

/** What Git leaves in place of a large file that it has not fetched. */
function pointer(path: string): IcrlError {
  return new IcrlError(`${path} is a pointer of Git LFS, not the weights themselves.`, {
    code: 'corrupt-file',
    remedy: 'Fetch them: git lfs pull, or icrl download.',
  })
}

/** The format's own bound. */
const MOST_HEADER = 100_000_000n

function decoded(path: string, bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch (cause) {
    throw corrupt(path, 'its header is not UTF-8: no safetensors file, or damaged.', cause)
  }
}

/** Loops because one read returns at most 2 GB. */
async function readFully(
  path: string,
  handle: ByteSource,
  into: Uint8Array,
  position: number,
): Promise<void> {
  for (let done = 0; done < into.length;) {
    const { bytesRead } = await handle.read(
      into,
      done,
      Math.min(into.length - done, 1 << 30),
      position + done,
    )
    if (bytesRead === 0)
      throw corrupt(
        path,
        `it ends at byte ${position + done}, before the end of its tensors: truncated.`,
      )
    done += bytesRead
  }
}
