// The premise everything else is built on, as a program: one Qwen3 layer on the backend native-cpu
// — forward, backward by vector–Jacobian products, decode with a key/value cache. A token's
// log-probability has the same bits in decode and in the packed full pass, on every instruction set
// and any number of threads; training on it raises the likelihood. Exit code 1 where that fails.
import { setBackend, tensor1d } from '@tensorflow/tfjs-core'
import type { Tensor1D } from '@tensorflow/tfjs-core'
import { packedLayout } from '@icrl/tfjs-ops'
import type { AdamWState } from '@icrl/tfjs-ops'
import { registerNativeCpu } from '@icrl/tfjs-native'
import type { InstructionSet } from '@icrl/tfjs-native'
import { OneLayer } from './src/one-layer.ts'

const SHAPE = { width: 64, feedForward: 168, vocabulary: 83, heads: 4, keyValueHeads: 2 }
const LENGTHS = [37, 1, 70, 16, 5, 128, 64, 65, 40, 22]

const token = (sequence: number, t: number): number =>
  (sequence * 31 + t * 17 + t * t * 5) % SHAPE.vocabulary
const sequences = LENGTHS.map((length, s) => Int32Array.from({ length }, (_, t) => token(s, t)))
const targets = LENGTHS.map((length, s) => Int32Array.from({ length }, (_, t) => token(s, t + 1)))

function pack(members: readonly number[]): {
  ids: Tensor1D
  targets: Tensor1D
  positions: Tensor1D
  layout: ReturnType<typeof packedLayout>
} {
  const flat = (arrays: readonly Int32Array[]): Tensor1D =>
    tensor1d(Int32Array.from(members.flatMap((i) => [...arrays[i]])), 'int32')
  const positions = sequences.map((sequence) => Int32Array.from(sequence.keys()))
  return {
    ids: flat(sequences),
    targets: flat(targets),
    positions: flat(positions),
    layout: packedLayout(members.map((i) => LENGTHS[i])),
  }
}

const bitsOf = (values: Float32Array): string =>
  Buffer.from(values.buffer, values.byteOffset, values.byteLength).toString('base64')
const inOrder = (found: readonly Float32Array[]): Float32Array =>
  Float32Array.from(found.flatMap((values) => [...values]))

function median(times: number[]): number {
  return times.sort((a, b) => a - b)[times.length >> 1]
}

function time(runs: number, run: () => void): number {
  return median(
    Array.from({ length: runs }, () => {
      const start = performance.now()
      run()
      return performance.now() - start
    }),
  )
}

const everyone = LENGTHS.map((_, i) => i)
const variants: { name: string; bits: string }[] = []
let model = await useNative('scalar', 1)

async function useNative(isa: InstructionSet, threads: number): Promise<OneLayer> {
  registerNativeCpu({ isa, threads })
  await setBackend('native-cpu')
  return new OneLayer(SHAPE)
}

function available(): InstructionSet[] {
  return (['scalar', 'avx2', 'avx512', 'neon'] as const).filter((isa) => {
    try {
      return registerNativeCpu({ isa }).isa === isa
    } catch {
      return false
    }
  })
}

for (const isa of available()) {
  for (const threads of [1, 2]) {
    model = await useNative(isa, threads)
    const where = `${isa}, ${threads} thread${threads > 1 ? 's' : ''}`
    variants.push({ name: `${where}: packed full pass`, bits: bitsOf(model.score(pack(everyone))) })
    variants.push({
      name: `${where}: one sequence a pass`,
      bits: bitsOf(inOrder(everyone.map((i) => model.score(pack([i]))))),
    })
    variants.push({
      name: `${where}: decode with a cache`,
      bits: bitsOf(inOrder(model.decode(sequences, targets))),
    })
    const gradients = model.gradients(
      pack(everyone),
      tensor1d(Float32Array.from({ length: pack(everyone).ids.size }, (_, i) => Math.sin(i))),
    )
    variants.push({
      name: `${where}: gradients`,
      bits: Object.values(gradients)
        .map((g) => bitsOf(g.dataSync() as Float32Array))
        .join(' '),
    })
  }
}

const kindOf = (name: string): string =>
  name.endsWith('gradients') ? 'gradients' : 'log-probabilities'
const reference = new Map(variants.toReversed().map(({ name, bits }) => [kindOf(name), bits]))
const different = variants.filter(({ name, bits }) => bits !== reference.get(kindOf(name)))
for (const { name, bits } of variants)
  console.log(
    `${bits === reference.get(kindOf(name)) ? 'same bits     ' : 'DIFFERENT BITS'}  ${name}`,
  )

const { isa, threads } = registerNativeCpu()
const rows = pack(everyone)
const slopes = tensor1d(new Float32Array(rows.ids.size).fill(-1 / rows.ids.size))
const moments: Record<string, Pick<AdamWState, 'first' | 'second'>> = {}
let step = 0
const first = model.score(rows).reduce((sum, logprob) => sum + logprob, 0)
const update = time(50, () => model.step(rows, slopes, moments, ++step))
const last = model.score(rows).reduce((sum, logprob) => sum + logprob, 0)
const forward = time(50, () => void model.score(rows))
const decode = time(5, () => void model.decode(sequences, targets))
const tokens = rows.ids.size
console.log(
  `\n${isa}, ${threads} threads, ${tokens} packed rows: forward ${forward.toFixed(2)} ms, step (forward, backward, AdamW) ${update.toFixed(2)} ms, ` +
    `decode ${((decode / Math.max(...LENGTHS)) * 1000).toFixed(0)} µs a step of up to ${LENGTHS.length} sequences`,
)
console.log(
  `mean log-probability ${(first / tokens).toFixed(3)} → ${(last / tokens).toFixed(3)} after ${step} steps`,
)
const learns = last > first
console.log(
  different.length === 0 && learns
    ? '\nThe premise holds.'
    : `\nThe premise FAILS: ${different.length} of ${variants.length} differ${learns ? '' : '; training does not raise the likelihood'}.`,
)
process.exitCode = different.length === 0 && learns ? 0 : 1
