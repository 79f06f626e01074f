import { matMul, randomNormal } from '@tensorflow/tfjs-core'
import type { Tensor2D } from '@tensorflow/tfjs-core'
import type { Bench, Group } from '../bench.ts'
import { secondsOf } from '../clock.ts'
import { interleave, type Outcome } from '../interleave.ts'
import { NO_PEER, type Peer } from '../peer.ts'

const SIZES = [256, 512, 1024, 2048]
const LIBRARIES = {
  torch: 'torch',
  numpy: "NumPy's OpenBLAS",
  tensorflow: 'libtensorflow',
} as const
const [OF_BEST, OF_PEAK] = [0.85, 0.7]
/**
 * Arithmetic of one measurement: a few tenths of a second, so that waking up after the pause hardly
 * counts.
 */
const FLOPS_A_TURN = 1e11

/**
 * Products of square matrices against the best of the libraries installed, and against the
 * machine's peak.
 */
export const matrixProducts: Group = {
  name: 'products',
  seconds: 150,
  run: async (bench) => {
    const [torch, tensorflow] = [bench.startPeer('torch'), bench.startPeer('tensorflow')]
    for (const size of SIZES)
      await compareProducts(bench, size, { torch, numpy: torch, tensorflow })
  },
}

async function compareProducts(
  bench: Bench,
  size: number,
  peers: Readonly<Record<keyof typeof LIBRARIES, Peer | undefined>>,
): Promise<void> {
  const flops = 2 * size ** 3
  const repeats = Math.max(1, Math.round(FLOPS_A_TURN / flops))
  const [a, b] = [1, 2].map((seed): Tensor2D => randomNormal([size, size], 0, 1, 'float32', seed))
  const ours = async (): Promise<number> => {
    const seconds = await secondsOf(() => {
      for (let i = 0; i < repeats; i++) matMul(a, b).dispose()
    })
    return (flops * repeats) / seconds / 1e9
  }
  const side = (library: keyof typeof LIBRARIES) => {
    const peer = peers[library]
    return (
      peer &&
      (async () =>
        flops /
        (
          await peer.ask<{ seconds: number }>(
            { request: 'product', library, size, repeats },
            Math.min(40, bench.left()),
          )
        ).seconds /
        1e9)
    )
  }
  const sides = { ours, torch: side('torch'), numpy: side('numpy'), tensorflow: side('tensorflow') }
  const found = await interleave(sides, {
    rounds: bench.quick ? 2 : 9,
    seconds: Math.min(25, bench.left() / 2),
  })
  a.dispose()
  b.dispose()
  reportProduct(bench, size, found)
}

function reportProduct(
  bench: Bench,
  size: number,
  { ours, ...libraries }: Record<'ours' | keyof typeof LIBRARIES, Outcome | undefined>,
): void {
  const rate = (outcome: Outcome | undefined): number | undefined =>
    outcome !== undefined && 'median' in outcome ? outcome.median : undefined
  const names = Object.keys(LIBRARIES) as (keyof typeof LIBRARIES)[]
  const ranked = names
    .filter((name) => rate(libraries[name]) !== undefined)
    .sort((x, y) => (rate(libraries[y]) ?? 0) - (rate(libraries[x]) ?? 0))
  const [best] = ranked
  const own = rate(ours)
  const common = {
    unit: 'GFLOP/s',
    ours: own,
    ...(own === undefined
      ? { failed: ours !== undefined && 'failed' in ours ? ours.failed : 'no figure' }
      : { work: { limit: 'multiply-adds' as const, perSecond: own * 1e9 } }),
  }
  const failures = names.flatMap((name) => {
    const outcome = libraries[name]
    return outcome !== undefined && 'failed' in outcome
      ? [`${LIBRARIES[name]}: ${outcome.failed}`]
      : []
  })
  const note = [
    ...ranked.map((name) => `${LIBRARIES[name]} ${rate(libraries[name])?.toFixed(0)}`),
    ...failures,
  ].join(', ')
  bench.report({
    ...common,
    name: `matrix product ${size}`,
    targets: [{ ratio: OF_BEST }],
    ...(best === undefined
      ? { peer: 'the best library', note: note || NO_PEER }
      : { peer: LIBRARIES[best], theirs: rate(libraries[best]), note }),
  })
  bench.report({
    ...common,
    name: `matrix product ${size}, of the peak`,
    peer: 'fused multiply-adds in registers',
    theirs: bench.machine.fma,
    targets: [{ ratio: OF_PEAK }],
  })
}
