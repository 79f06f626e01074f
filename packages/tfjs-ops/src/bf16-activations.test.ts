import '@tensorflow/tfjs-backend-cpu'
import { memory, setBackend, tidy, variable, zeros } from '@tensorflow/tfjs-core'
import type { Tensor, Tensor2D } from '@tensorflow/tfjs-core'
import { beforeAll, describe, expect, it } from 'vitest'
import { blockCase, SMALL_BLOCK } from '../test/block-parts.ts'
import { matrix } from '../test/matrix.ts'
import { seededValues } from '../test/seeded-values.ts'
import { addWeightGradient, weightGradient } from './add-gradient.ts'
import { type Bf16Matrix, fromBf16, inFloat32, toBf16 } from './bf16-matrix.ts'
import { adapterGradient } from './linear.ts'
import { outputAndMlp, outputAndMlpGradient } from './output-and-mlp.ts'
import { packedAttention, packedAttentionGradient } from './packed-attention.ts'
import { packedLayout } from './packed-layout.ts'
import { qkvProjection, qkvProjectionGradient } from './qkv-projection.ts'

const ROWS = 6
const { weights, x, attended, positions, shape } = blockCase({ ...SMALL_BLOCK, rows: ROWS })
const rows = (width: number, seed: number): Tensor2D =>
  matrix(seededValues(seed, ROWS * width), ROWS)
const adapter = {
  a: matrix(seededValues(1, 2 * 7), 2),
  b: matrix(seededValues(2, 6 * 2), 6),
  scale: 0.7,
}

/** Gradients by how what they read is kept. */
const GRADIENTS: Readonly<
  Record<string, (kept: (x: Tensor2D) => Tensor2D | Bf16Matrix) => readonly Tensor[]>
> = {
  packedAttentionGradient: (kept) => {
    const options = { ...shape, ...packedLayout([2, 4]) }
    const [q, k, v] = [rows(16, 1), rows(8, 2), rows(8, 3)]
    const { out, logsumexp } = packedAttention(q, k, v, options)
    const forward = { q: kept(q), k: kept(k), v: kept(v), out: kept(out), logsumexp }
    return Object.values(packedAttentionGradient(rows(16, 4), forward, options))
  },
  qkvProjectionGradient: (kept) => {
    const { query, key } = qkvProjection(x, positions, weights, shape)
    const gradients = {
      drotatedQuery: rows(16, 5),
      drotatedKey: rows(8, 6),
      dvalue: rows(8, 7),
      dresidual: rows(6, 8),
    }
    const forward = { x, query: kept(query), key: kept(key) }
    return Object.values(qkvProjectionGradient(gradients, forward, positions, weights, shape))
  },
  outputAndMlpGradient: (kept) => {
    const { middle, gate, up } = outputAndMlp(attended, x, weights, shape)
    const forward = { middle, gate: kept(gate), up: kept(up) }
    return Object.values(outputAndMlpGradient(rows(6, 9), forward, weights, shape))
  },
  weightGradient: (kept) => [weightGradient(rows(5, 10), kept(rows(7, 11)))],
  addWeightGradient: (kept) => {
    const sum = variable(zeros([5, 7]))
    addWeightGradient(sum, rows(5, 10), kept(rows(7, 11)))
    return [sum]
  },
  adapterGradient: (kept) =>
    Object.values(adapterGradient(rows(6, 12), kept(rows(7, 13)), adapter)),
}
const bits = (tensors: readonly Tensor[]): number[][] =>
  tensors.map((tensor) => [...new Int32Array(tensor.dataSync<'float32'>().slice().buffer)])

beforeAll(() => setBackend('cpu'))

describe.each(Object.entries(GRADIENTS))('%s', (_, gradients) => {
  it('takes what is kept in bf16 for what it stands for', () => {
    tidy(() => {
      const found = bits(gradients(toBf16))
      expect(found).toEqual(bits(gradients((kept) => fromBf16(toBf16(kept)))))
      expect(found).not.toEqual(bits(gradients((kept) => kept)))
    })
  })

  it('leaves nothing of it behind', () => {
    const leftBy = (kept: (x: Tensor2D) => Tensor2D | Bf16Matrix): number => {
      const before = memory().numTensors
      const matrices: (Tensor2D | Bf16Matrix)[] = []
      gradients((own) => {
        const one = kept(own)
        matrices.push(one)
        return one
      })
      const after = memory().numTensors
      for (const one of matrices) if ('storage' in one) one.bits.dispose()
      return after - before - matrices.filter((one) => 'storage' in one).length
    }
    expect(leftBy(toBf16)).toBe(leftBy((own) => own))
  })
})

describe('inFloat32', () => {
  it('is the tensor itself, or a wider one', () => {
    const x = matrix(Float64Array.of(0.5, 1.001), 1)
    expect(inFloat32(x)).toBe(x)
    expect(inFloat32(toBf16(x)).arraySync()).toEqual([[0.5, 1]])
  })
})
