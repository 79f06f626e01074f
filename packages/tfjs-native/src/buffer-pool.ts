/**
 * A piece of memory that kernels write to and tensors view. `bytes` can be more than a tensor
 * needs.
 */
export interface Block {
  readonly buffer: ArrayBuffer
  /** Of the first aligned byte. */
  readonly address: number
  readonly offset: number
  readonly bytes: number
}

/** Where a pool's blocks come from. */
export interface BlockMemory<B> {
  allocate(bytes: number): B
  release(block: B): void
}

/** The addon's functions for memory. */
interface BufferFunctions {
  addressOf(buffer: ArrayBuffer): number
  /** Frees a buffer at once; its views become empty. */
  release(buffer: ArrayBuffer): void
}

/** Blocks that are array buffers. */
export function bufferMemory(addon: BufferFunctions): BlockMemory<Block> {
  return {
    allocate(bytes) {
      const buffer = new ArrayBuffer(bytes + LINE + READ_BEHIND)
      const start = addon.addressOf(buffer)
      const offset = (LINE - (start % LINE)) % LINE
      return { buffer, address: start + offset, offset, bytes }
    },
    release: ({ buffer }) => addon.release(buffer),
  }
}

const LINE = 64
/** Kernels read whole vectors, so up to this many bytes past the last element. */
const READ_BEHIND = 64
const SMALLEST = 256
/**
 * What may be held beyond the most that was live at once: room for the sizes of another phase, so
 * that they need not push out those of the first.
 */
const SPARE = 64 << 20
const SPARE_SHARE = 1 / 8

/**
 * Keeps the memory of disposed tensors for the next ones: allocating and zeroing a fresh
 * `ArrayBuffer` costs more than most kernels. Sizes are rounded up to one of eight classes per
 * octave, so that batches of slightly different lengths share blocks. What is held, live or free,
 * exceeds the most that was ever live at once by an eighth and 64 MiB at most: before it would grow
 * further, the sizes that were unused for longest are freed.
 */
export class BlockPool<B extends { readonly bytes: number }> {
  readonly #memory: BlockMemory<B>
  /** By size; the size whose blocks were returned longest ago comes first. */
  readonly #free = new Map<number, B[]>()
  #freeBytes = 0
  #liveBytes = 0
  #peakBytes = 0
  #largestPeak = 0

  constructor(memory: BlockMemory<B>) {
    this.#memory = memory
  }

  /** A block of at least `bytes` bytes; it still holds old values. */
  take(bytes: number): B {
    const size = sizeClass(bytes)
    const kept = this.#free.get(size)?.pop()
    if (kept !== undefined) this.#freeBytes -= size
    const block = kept ?? this.#allocate(size)
    this.#liveBytes += size
    if (this.#liveBytes > this.#peakBytes) this.#peakBytes = this.#liveBytes
    return block
  }

  give(block: B): void {
    this.#liveBytes -= block.bytes
    this.#freeBytes += block.bytes
    const blocks = this.#free.get(block.bytes) ?? []
    blocks.push(block)
    this.#free.delete(block.bytes)
    this.#free.set(block.bytes, blocks)
  }

  /**
   * Bytes held by live tensors, bytes kept for the next ones, and the most that were live at once
   * since `resetPeak`.
   */
  usage(): { live: number; free: number; peak: number } {
    return { live: this.#liveBytes, free: this.#freeBytes, peak: this.#peakBytes }
  }

  resetPeak(): void {
    this.#largestPeak = Math.max(this.#largestPeak, this.#peakBytes)
    this.#peakBytes = this.#liveBytes
  }

  /** Frees everything that no tensor uses. */
  clear(): void {
    this.#freeDownTo(0)
    this.#free.clear()
  }

  #allocate(bytes: number): B {
    const live = this.#liveBytes + bytes
    const peak = Math.max(this.#largestPeak, this.#peakBytes, live)
    this.#freeDownTo(peak * (1 + SPARE_SHARE) + SPARE - live)
    return this.#memory.allocate(bytes)
  }

  #freeDownTo(bytes: number): void {
    for (const [size, blocks] of this.#free) {
      while (this.#freeBytes > bytes && blocks.length > 0) {
        this.#memory.release(blocks.pop() as B)
        this.#freeBytes -= size
      }
      if (this.#freeBytes <= bytes) return
      this.#free.delete(size)
    }
  }
}

function sizeClass(bytes: number): number {
  if (bytes <= SMALLEST) return SMALLEST
  const step = 2 ** (Math.floor(Math.log2(bytes - 1)) - 3)
  return Math.ceil(bytes / step) * step
}
