/** A piece of memory that kernels write to and tensors view; `bytes` can be more than a tensor needs. */
export interface Block {
  readonly buffer: ArrayBuffer
  /** Of the first aligned byte. */
  readonly address: number
  readonly offset: number
  readonly bytes: number
}

const LINE = 64
/** Kernels read whole vectors, so up to this many bytes behind the last element. */
const READ_BEHIND = 64
const SMALLEST = 256
const KEPT_AT_LEAST = 64 << 20

/**
 * Memory of disposed tensors, for the next ones: allocating and zeroing a fresh `ArrayBuffer` costs more than most kernels. Sizes are rounded
 * up to one of eight classes an octave, so that batches of slightly different lengths share blocks.
 */
export class BufferPool {
  readonly #addressOf: (buffer: ArrayBuffer) => number
  readonly #free = new Map<number, Block[]>()
  #freeBytes = 0
  #liveBytes = 0
  #peakBytes = 0

  constructor(addressOf: (buffer: ArrayBuffer) => number) {
    this.#addressOf = addressOf
  }

  /** A block of at least `bytes` bytes, with whatever it held before. */
  take(bytes: number): Block {
    const size = sizeClass(bytes)
    this.#liveBytes += size
    if (this.#liveBytes > this.#peakBytes) this.#peakBytes = this.#liveBytes
    const block = this.#free.get(size)?.pop()
    if (block === undefined) return this.#allocate(size)
    this.#freeBytes -= size
    return block
  }

  give(block: Block): void {
    this.#liveBytes -= block.bytes
    if (this.#freeBytes + block.bytes > Math.max(KEPT_AT_LEAST, this.#peakBytes)) return
    const blocks = this.#free.get(block.bytes)
    if (blocks === undefined) this.#free.set(block.bytes, [block])
    else blocks.push(block)
    this.#freeBytes += block.bytes
  }

  /** Bytes held by live tensors, kept for the next, and the most that were live at once since `resetPeak`. */
  usage(): { live: number; free: number; peak: number } {
    return { live: this.#liveBytes, free: this.#freeBytes, peak: this.#peakBytes }
  }

  resetPeak(): void {
    this.#peakBytes = this.#liveBytes
  }

  /** Lets go of everything that no tensor uses. */
  clear(): void {
    this.#free.clear()
    this.#freeBytes = 0
  }

  #allocate(bytes: number): Block {
    const buffer = new ArrayBuffer(bytes + LINE + READ_BEHIND)
    const start = this.#addressOf(buffer)
    const offset = (LINE - (start % LINE)) % LINE
    return { buffer, address: start + offset, offset, bytes }
  }
}

function sizeClass(bytes: number): number {
  if (bytes <= SMALLEST) return SMALLEST
  const step = 2 ** (Math.floor(Math.log2(bytes - 1)) - 3)
  return Math.ceil(bytes / step) * step
}
