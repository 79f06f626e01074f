import { OPS, RECORDS } from './op-arguments.ts'
import { NativeUnavailableError } from './native-unavailable-error.ts'

/** A kernel of the addon (native/ops.h). */
export type NativeOp = keyof typeof OPS
/** A group of numbers that an argument points to. */
export type NativeRecord = keyof typeof RECORDS

type Named<Names extends readonly string[]> = Readonly<Record<Names[number], number>>
/** The arguments of a kernel by their names: numbers, and addresses as numbers. */
export type OpValues<Op extends NativeOp> = Named<(typeof OPS)[Op]>
export type RecordValues<Name extends NativeRecord> = Named<(typeof RECORDS)[Name]>

/** What every addon exports: kernels, and what calling them takes. */
export interface Addon {
  /** Where a kernel reads its arguments: numbers, and addresses as numbers. */
  readonly block: Float64Array
  readonly ops: Readonly<Partial<Record<NativeOp, () => void>>>
  /** The arguments of kernels and records as the addon takes them, with commas between them. */
  readonly descriptions: Readonly<Record<string, string>>
  /** Where a buffer's bytes are in the memory of the processor. */
  addressOf(buffer: ArrayBuffer): number
  /** Working memory of the kernels. */
  scratchBytes(): number
}

/** The addon whose kernels run on the processor. */
export interface CpuAddon extends Addon {
  /** The ones this machine can run, slowest first. */
  readonly instructionSets: readonly string[]
  /** '' takes the best set; returns the one in use, or undefined if it cannot run here. */
  configure(instructionSet: string, threads: number): string | undefined
  /** Frees a buffer's memory at once; its views become empty. */
  release(buffer: ArrayBuffer): void
}

/** What a GPU says of itself. */
export interface DeviceFacts {
  readonly name: string
  /** Such as `sm_90`. */
  readonly architecture: string
  /** All of its memory. */
  readonly bytes: number
}

/** What a GPU was asked to do. */
export interface DeviceWork {
  /** Of kernels, one by one. */
  readonly launches: number
  /** Of decode steps that were recorded: all kernels of a step with one call. */
  readonly graphLaunches: number
  /** Decode steps that were recorded, once for each number of rows and set of weights. */
  readonly recorded: number
  /** Copies to the device. */
  readonly uploads: number
  /** Why decode steps are launched kernel by kernel; empty if they are recorded. */
  readonly whyNoGraphs: string
}

/** The addon whose kernels run on a GPU; addresses are those of its memory. */
export interface GpuAddon extends Addon {
  /** The kernels of `ops` with products in bf16 on the tensor cores. */
  readonly bf16Ops: Addon['ops']
  /** How many devices there are; `why` says why there are none. */
  devices(): { readonly devices: number; readonly why: string }
  /** Opens a device, with the code of its kernels from a file. */
  open(device: number, code: string): DeviceFacts
  allocate(bytes: number): number
  release(address: number): void
  upload(address: number, from: ArrayBufferView): void
  /** Waits for the kernels before it. */
  download(address: number, to: ArrayBufferView): void
  /** The same without waiting here; the numbers are those of the moment of the call. */
  downloadLater(address: number, to: ArrayBufferView): Promise<void>
  freeBytes(): number
  /** What the device was asked to do so far. */
  work(): DeviceWork
  /**
   * Runs random steps of the tensor cores; how many outputs differ from the model of them.
   */
  checkTensorCores(
    steps: number,
    seed: number,
  ): { readonly outputs: number; readonly different: number }
  /** Gives the working memory of kernels back. */
  trim(): void
}

const ALIGNMENT = 16

/**
 * Calls kernels: writes their arguments, including small arrays, where the addon reads them.
 *
 * @throws NativeUnavailableError if the addon takes other arguments than this code passes.
 */
export class NativeCaller {
  readonly addon: Addon
  readonly #block: Float64Array
  #arena: ArrayBuffer
  #arenaAddress: number
  #used = 0
  /** Outgrown arenas that hold arrays placed for the next call. */
  readonly #retired: ArrayBuffer[] = []

  constructor(addon: Addon) {
    checkDescriptions(addon)
    this.addon = addon
    this.#block = addon.block
    this.#arena = new ArrayBuffer(1 << 16)
    this.#arenaAddress = addon.addressOf(this.#arena)
  }

  /** Runs one kernel. Afterwards the arrays placed for it are gone. */
  run<Op extends NativeOp>(op: Op, values: OpValues<Op>): void {
    const kernel = this.addon.ops[op]
    if (kernel === undefined) throw new TypeError(`native kernel ${op}: this addon has none`)
    write(op, OPS[op], values, this.#block, 0)
    this.#used = 0
    kernel()
    if (this.#retired.length > 0) this.#retired.length = 0
  }

  /** Places records one after another; returns the address of the first. */
  records<Name extends NativeRecord>(name: Name, records: readonly RecordValues<Name>[]): number {
    const names = RECORDS[name]
    const numbers = new Float64Array(names.length * records.length)
    records.forEach((values, i) => write(name, names, values, numbers, i * names.length))
    return this.place(numbers)
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

/** Writes named numbers in the order of their names; one too few or too many is an error. */
function write(
  owner: string,
  names: readonly string[],
  values: Readonly<Record<string, number>>,
  to: Float64Array,
  at: number,
): void {
  let given = 0
  for (const _ in values) given++
  for (let i = 0; i < names.length; i++) {
    const value = values[names[i]]
    if (value === undefined)
      throw new TypeError(`native kernel ${owner}: argument ${names[i]} is missing`)
    to[at + i] = value
  }
  if (given > names.length)
    throw new TypeError(
      `native kernel ${owner}: it takes ${names.join(', ')}, and was given ${Object.keys(values).join(', ')}`,
    )
}

function checkDescriptions({ descriptions }: Addon): void {
  for (const [name, names] of Object.entries({ ...OPS, ...RECORDS })) {
    if (descriptions?.[name] === names.join(', ')) continue
    throw new NativeUnavailableError(
      `The native addon takes (${descriptions?.[name] ?? 'nothing'}) for ${name}, and this version of @icrl/tfjs-native passes (${names.join(', ')}).`,
      'Compile the addon anew: npm run setup.',
    )
  }
}
