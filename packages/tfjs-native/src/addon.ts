/** Kernels in the addon (native/ops.h). */
export type NativeOp =
  | 'matMul'
  | 'rmsNorm'
  | 'rmsNormGrad'
  | 'rotary'
  | 'rotaryGrad'
  | 'swiGlu'
  | 'swiGluGrad'
  | 'packedAttention'
  | 'packedAttentionGrad'
  | 'qkvProjection'
  | 'qkvProjectionGrad'
  | 'outputAndMlp'
  | 'outputAndMlpGrad'
  | 'decodeAttention'
  | 'decodeTokens'
  | 'weightPanels'
  | 'tokenLogProbability'
  | 'tokenLogProbabilityGrad'
  | 'sampleToken'
  | 'embeddingGrad'
  | 'addEmbeddingGrad'
  | 'addWeightGrad'
  | 'adamW'
  | 'writeCache'
  | 'matMulBf16'
  | 'gatherBf16'
  | 'storedFloats'
  | 'unary'
  | 'binary'
  | 'selectWhere'
  | 'reduceRows'
  | 'reduceColumns'
  | 'softmaxRows'
  | 'gatherRows'
  | 'copyBlocks'
  | 'transpose'
  | 'peakFma'
  | 'copyBandwidth'

/** What the compiled addon exports. */
export interface Addon {
  /** Where a kernel reads its arguments: numbers, and addresses as numbers. */
  readonly block: Float64Array
  readonly ops: Readonly<Record<NativeOp, () => void>>
  /** The ones this machine can run, slowest first. */
  readonly instructionSets: readonly string[]
  /** '' takes the best set; returns the one in use, or undefined if it cannot run here. */
  configure(instructionSet: string, threads: number): string | undefined
  addressOf(buffer: ArrayBuffer): number
  /** Frees a buffer's memory at once; its views become empty. */
  release(buffer: ArrayBuffer): void
  scratchBytes(): number
}

const ALIGNMENT = 16

/** Calls kernels: writes their arguments, including small arrays, where the addon reads them. */
export class NativeCaller {
  readonly addon: Addon
  readonly #block: Float64Array
  #arena: ArrayBuffer
  #arenaAddress: number
  #used = 0
  /** Outgrown arenas that hold arrays placed for the next call. */
  readonly #retired: ArrayBuffer[] = []

  constructor(addon: Addon) {
    this.addon = addon
    this.#block = addon.block
    this.#arena = new ArrayBuffer(1 << 16)
    this.#arenaAddress = addon.addressOf(this.#arena)
  }

  /** Runs one kernel. Afterwards the arrays placed for it are gone. */
  run(op: NativeOp, ...values: number[]): void {
    for (let i = 0; i < values.length; i++) this.#block[i] = values[i]
    this.#used = 0
    this.addon.ops[op]()
    if (this.#retired.length > 0) this.#retired.length = 0
  }

  /** Copies a small array and returns the copy's address, valid until the next `run` has ended. */
  place(array: Int32Array | Float32Array | Float64Array): number {
    const at = this.#reserve(array.byteLength)
    const Copy = array.constructor as {
      new (buffer: ArrayBuffer, offset: number, length: number): typeof array
    }
    new Copy(this.#arena, at, array.length).set(array)
    return this.#arenaAddress + at
  }

  /** `place` for numbers, as int32. */
  integers(numbers: readonly number[]): number {
    const at = this.#reserve(numbers.length * 4)
    new Int32Array(this.#arena, at, numbers.length).set(numbers)
    return this.#arenaAddress + at
  }

  #reserve(bytes: number): number {
    if (this.#used + bytes > this.#arena.byteLength) this.#grow(this.#used + bytes)
    const at = this.#used
    this.#used += Math.ceil(bytes / ALIGNMENT) * ALIGNMENT
    return at
  }

  #grow(needed: number): void {
    const old = this.#arena
    this.#arena = new ArrayBuffer(Math.max(needed, old.byteLength) * 2)
    this.#arenaAddress = this.addon.addressOf(this.#arena)
    this.#retired.push(old)
  }
}
