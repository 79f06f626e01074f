import { compareSamples, type Objective, type RandomStream, type Sample } from '@icrl/core'

export interface OptimizerPlan {
  readonly unitOf: Objective['unitOf']
  /** Optimizer steps per pass. */
  readonly minibatches: number
  /** Passes over the rollout batch. */
  readonly epochs: number
  /** Draws the partition of each pass. */
  readonly stream: RandomStream
}

/** Name of the unit in which a sample is evaluated. */
export function unitName(sample: Sample, unitOf: Objective['unitOf']): string {
  return unitOf ? unitOf(sample.keys) : sample.id
}

/** Name of what an objective is given with a sample, within one optimizer batch. */
export function evaluationUnit(
  sample: Sample,
  { unitOf, wholeBatch }: Pick<Objective, 'unitOf' | 'wholeBatch'>,
): string {
  return wholeBatch ? 'batch' : unitName(sample, unitOf)
}

/**
 * Cuts a rollout batch into optimizer batches `[steps][samples]`. Each pass shuffles the units and
 * cuts them into minibatches of equal size; units stay whole, and samples are in key order. Samples
 * without a token to train are left out, and so are empty batches.
 */
export function planOptimizerBatches(
  samples: readonly Sample[],
  { unitOf, minibatches, epochs, stream }: OptimizerPlan,
): Sample[][] {
  const trainable = samples.filter(({ mask }) => mask.includes(1))
  const units = unitsOf(trainable, unitOf)
  return Array.from({ length: epochs }, (_, epoch) => epoch).flatMap((epoch) => {
    const order =
      minibatches === 1
        ? units.map((_, i) => i)
        : Array.from(stream.permutation(epoch, units.length))
    const bound = (part: number): number => Math.floor((part * units.length) / minibatches)
    const parts = Array.from({ length: minibatches }, (_, part) =>
      order.slice(bound(part), bound(part + 1)),
    )
    return parts
      .filter((part) => part.length > 0)
      .map((part) => part.flatMap((i) => units[i]).sort(compareSamples))
  })
}

function unitsOf(samples: readonly Sample[], unitOf: Objective['unitOf']): Sample[][] {
  const units = new Map<string, Sample[]>()
  for (const sample of samples) {
    const name = unitName(sample, unitOf)
    const unit = units.get(name)
    if (unit) unit.push(sample)
    else units.set(name, [sample])
  }
  return [...units.values()]
}
