import type { Group } from './bench.ts'
import { adapters } from './groups/adapters.ts'
import { groupStepOfAdapters } from './groups/group-step.ts'
import { javascriptOverhead } from './groups/javascript-overhead.ts'
import { matrixProducts } from './groups/matrix-products.ts'
import { peakMemory } from './groups/peak-memory.ts'
import { samplingInGroups } from './groups/sampling-in-groups.ts'
import { sampling } from './groups/sampling.ts'
import { sharedPrefix } from './groups/shared-prefix.ts'
import { tensorflowJs } from './groups/tensorflow-js.ts'
import { training } from './groups/training.ts'
import { whereTimeGoes } from './groups/where-time-goes.ts'

/** All of the benchmark, in the order it runs: what has a target before what stands beside. */
export const GROUPS: readonly Group[] = [
  matrixProducts,
  training({ model: 'a', batch: 128, length: 64, ratio: 3, rounds: 9, seconds: 90 }),
  training({ model: 'b', batch: 64, length: 128, ratio: 2, rounds: 7, seconds: 100 }),
  training({ model: 'c', batch: 8, length: 256, ratio: 1.6, rounds: 3, seconds: 180 }),
  training({ model: 'd', batch: 8, length: 256, ratio: 1.6, rounds: 3, seconds: 200 }),
  sampling({ model: 'a', batch: 128, ratio: 4, rounds: 9, seconds: 80 }),
  sampling({ model: 'b', batch: 128, ratio: 4, rounds: 7, seconds: 90 }),
  sampling({ model: 'c', batch: 32, ratio: 2.5, rounds: 3, seconds: 120 }),
  sampling({ model: 'd', batch: 32, ratio: 2.5, rounds: 3, seconds: 120 }),
  sampling({ model: 'd', batch: 1, rounds: 5, seconds: 100 }),
  samplingInGroups,
  groupStepOfAdapters,
  adapters,
  sharedPrefix,
  javascriptOverhead,
  peakMemory,
  whereTimeGoes,
  tensorflowJs('tensorflow'),
  tensorflowJs('wasm'),
  tensorflowJs('cpu'),
  training({
    model: 'a',
    batch: 128,
    length: 64,
    ratio: 3,
    rounds: 5,
    compiled: true,
    seconds: 150,
  }),
  training({
    model: 'b',
    batch: 64,
    length: 128,
    ratio: 2,
    rounds: 3,
    compiled: true,
    seconds: 200,
  }),
]
