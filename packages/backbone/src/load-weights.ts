import { IcrlError } from '@icrl/core'
import { canFillWeights, fillWeight, uninitializedWeight } from '@icrl/tfjs-ops'
import { tensor } from '@tensorflow/tfjs-core'
import type { PlacedTensor } from './place-tensors.ts'
import { BYTES, floatTypeOf, type FloatType } from './safetensors-header.ts'
import { disposeWeight, keepWeight, type Weight, type WeightStorage } from './weight-storage.ts'

/** How far the loading of weights has come, in bytes of their files. */
export interface LoadProgress {
  /** Bytes read so far. */
  readonly loaded: number
  /** Bytes of all files. */
  readonly total: number
}

/** How weights are loaded. */
export interface LoadWeightsOptions {
  /** How matrices are kept. */
  readonly weights: WeightStorage
  /** Told after each piece. */
  onProgress?(progress: LoadProgress): void
}

/** Bytes read at once. */
const PIECE = 8 << 20
/** Pieces that are read at the same time. */
const AT_ONCE = 4

/**
 * Loads tensors onto the current backend. One that fills weights itself (`native-cpu`) gets the bytes
 * of the files straight into the weights' memory, a few pieces at a time, whatever their type; on
 * others each tensor passes through JavaScript.
 *
 * @returns weights by parameter, in the order of `placed`; after an error none stays allocated
 * @throws `non-finite` naming the tensor; `corrupt-file` for a file that ends too early
 */
export async function loadWeights(
  placed: ReadonlyMap<string, PlacedTensor>,
  options: LoadWeightsOptions,
): Promise<Map<string, Weight>> {
  const weights = new Map<string, Weight>()
  try {
    await (canFillWeights()
      ? fillAll(placed, weights, options)
      : decodeAll(placed, weights, options))
    return new Map([...placed.keys()].map((name) => [name, weights.get(name)!]))
  } catch (error) {
    for (const weight of weights.values()) disposeWeight(weight)
    throw error
  }
}

/** A run of a parameter's numbers. */
interface Piece {
  readonly parameter: string
  readonly source: PlacedTensor
  readonly type: FloatType
  readonly from: number
  readonly to: number
}

async function fillAll(
  placed: ReadonlyMap<string, PlacedTensor>,
  weights: Map<string, Weight>,
  { weights: storage, onProgress }: LoadWeightsOptions,
): Promise<void> {
  const total = bytesOf(placed)
  const queue = piecesOf(placed)
  let [loaded, failed] = [0, false]
  const work = async (): Promise<void> => {
    const buffer = new Uint8Array(PIECE)
    for (const piece of queue) {
      if (failed) return
      const { source, type, from, to } = piece
      const bytes = buffer.subarray(0, (to - from) * BYTES[type])
      await source.file.readBytes(source.name, from * BYTES[type], bytes)
      const bad = fillWeight(weightOf(piece, weights, storage), bytes, { type, from })
      if (bad !== undefined) throw nonFinite(source, bad)
      loaded += bytes.length
      onProgress?.({ loaded, total })
    }
  }
  const workers = Array.from({ length: AT_ONCE }, () =>
    work().catch((error: unknown) => {
      failed = true
      throw error
    }),
  )
  // All have stopped before anything is freed.
  const failure = (await Promise.allSettled(workers)).find(({ status }) => status === 'rejected')
  if (failure) throw (failure as PromiseRejectedResult).reason
}

/** The pieces of all tensors, in the order in which they lie in the files. */
function* piecesOf(placed: ReadonlyMap<string, PlacedTensor>): Generator<Piece> {
  const inOrder = [...placed].sort(
    ([, a], [, b]) =>
      a.file.path.localeCompare(b.file.path) ||
      a.file.tensor(a.name).start - b.file.tensor(b.name).start,
  )
  for (const [parameter, source] of inOrder) {
    const stored = source.file.tensor(source.name)
    const type = floatTypeOf(source.file.path, source.name, stored)
    const size = (stored.end - stored.start) / BYTES[type]
    const most = PIECE / BYTES[type]
    for (let from = 0; from < size; from += most)
      yield { parameter, source, type, from, to: Math.min(size, from + most) }
  }
}

function weightOf(
  { parameter, source }: Piece,
  weights: Map<string, Weight>,
  storage: WeightStorage,
): Weight {
  const { shape } = source.file.tensor(source.name)
  const kept = weights.get(parameter)
  if (kept !== undefined) return kept
  const made = uninitializedWeight(shape, shape.length === 2 ? storage : 'float32')
  weights.set(parameter, made)
  return made
}

async function decodeAll(
  placed: ReadonlyMap<string, PlacedTensor>,
  weights: Map<string, Weight>,
  { weights: storage, onProgress }: LoadWeightsOptions,
): Promise<void> {
  const total = bytesOf(placed)
  let loaded = 0
  for (const [parameter, source] of placed) {
    const stored = source.file.tensor(source.name)
    const numbers = await source.file.read(source.name)
    const bad = numbers.findIndex((number) => !Number.isFinite(number))
    if (bad >= 0) throw nonFinite(source, bad)
    const values = tensor(numbers, [...stored.shape])
    weights.set(parameter, keepWeight(values, storage))
    values.dispose()
    loaded += stored.end - stored.start
    onProgress?.({ loaded, total })
  }
}

function bytesOf(placed: ReadonlyMap<string, PlacedTensor>): number {
  return [...placed.values()].reduce((sum, { file, name }) => {
    const { start, end } = file.tensor(name)
    return sum + end - start
  }, 0)
}

function nonFinite({ file, name }: PlacedTensor, index: number): IcrlError {
  return new IcrlError(
    `${file.path}: number ${index} of tensor ${name} is infinite or not a number.`,
    {
      code: 'non-finite',
      remedy:
        'Download the model again; if a training run wrote it, go back to an earlier checkpoint.',
    },
  )
}
