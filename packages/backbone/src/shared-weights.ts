import { reshape, slice, tidy } from '@tensorflow/tfjs-core'
import type { Tensor, Tensor2D } from '@tensorflow/tfjs-core'
import { toBf16 } from '@icrl/tfjs-ops'
import { PanelCopies } from './panel-copies.ts'
import { disposeWeight, type Weight } from './weight-storage.ts'

/**
 * A model's weights that several policies and snapshots compute with. None of them changes the
 * weights; the last one to release them frees them.
 *
 * @example
 * declare const config: ModelConfig
 * const solver = new LocalPolicy(config, initializeModel(config, 0), { adapter: { rank: 8 } })
 * const critic = solver.withAdapter({ adapter: { rank: 8, seed: 1 } }) // over the same weights
 */
export class SharedWeights {
  /** The weights by their names in the checkpoint. */
  readonly parameters: ReadonlyMap<string, Weight>
  /** Copies for decode steps, of a base that never changes. */
  readonly panels: PanelCopies = new PanelCopies()
  #holders = 1
  #checksum: Promise<string> | undefined

  /** Takes ownership of the parameters, for one holder. */
  constructor(parameters: ReadonlyMap<string, Weight>) {
    this.parameters = parameters
  }

  /** One more holder. */
  hold(): this {
    this.#holders++
    return this
  }

  /** One holder less. */
  release(): void {
    if (--this.#holders > 0) return
    this.panels.dispose()
    for (const parameter of this.parameters.values()) disposeWeight(parameter)
  }

  /**
   * SHA-256 of the first row of every weight, rounded to bf16: enough to tell models apart, and the
   * same however the weights are kept.
   */
  checksum(): Promise<string> {
    return (this.#checksum ??= checksumOf([...this.parameters.values()]))
  }
}

async function checksumOf(weights: readonly Weight[]): Promise<string> {
  const rows = weights.map(firstRow)
  const all = new Int32Array(rows.reduce((size, { length }) => size + length, 0))
  let at = 0
  for (const row of rows) {
    all.set(row, at)
    at += row.length
  }
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', all))
  return [...digest].map((byte) => byte.toString(16).padStart(2, '0')).join('')
}

/** Its numbers as pairs of bfloats. */
function firstRow(weight: Weight): Int32Array {
  const pairs = tidy(() => {
    if ('storage' in weight) return slice(weight.bits, 0, 1)
    const row: Tensor = weight.rank === 1 ? weight : slice(weight as Tensor, 0, 1)
    return toBf16(reshape(row, [1, row.size]) as Tensor2D).bits
  })
  const values = pairs.dataSync<'int32'>().slice()
  pairs.dispose()
  return values
}
