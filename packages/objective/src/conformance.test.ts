import { testObjective } from '@icrl/core/testing'
import { describe, it } from 'vitest'
import { byToken } from './by-token.ts'
import { cispo } from './cispo.ts'
import { clippedSurrogate } from './clipped-surrogate.ts'
import { clipCov, klCov } from './covariance.ts'
import { binaryKl, dppo } from './dppo.ts'
import { gmpo } from './gmpo.ts'
import { gspo } from './gspo.ts'
import { k1, k2, k3 } from './kl/kl-estimators.ts'
import { withKl } from './kl/with-kl.ts'
import { nll } from './nll.ts'
import { pairwise } from './pairwise.ts'
import { reinforce } from './reinforce.ts'
import { routed } from './routed.ts'
import { sapo } from './sapo.ts'
import { shapedLikelihood } from './shaped-likelihood.ts'
import { topEntropy } from './top-entropy.ts'
import { withEntropyBonus } from './with-entropy-bonus.ts'

const objectives = {
  'clipped surrogate': clippedSurrogate(),
  'clip higher': clippedSurrogate({ clipLow: 0.2, clipHigh: 0.28 }),
  'dual clip': clippedSurrogate({ dualClip: 1.3 }),
  'no clip': clippedSurrogate({ clipLow: 1, clipHigh: Infinity }),
  'gspo, tight': gspo(),
  'gspo, wide': gspo({ clipLow: 0.5, clipHigh: 0.5 }),
  cispo: cispo(),
  'cispo with both clips': cispo({ clipLow: 0.1, clipHigh: 0.1 }),
  sapo: sapo(),
  'dppo, total variation': dppo({ boundLow: 0.05, boundHigh: 0.05 }),
  'dppo, kl': dppo({ divergence: binaryKl, boundLow: 0.02, boundHigh: 0.02, maxRatio: 1.4 }),
  gmpo: gmpo({ clipLow: 0.2, clipHigh: 0.3 }),
  reinforce: reinforce(),
  nll: nll(),
  'shaped likelihood': shapedLikelihood(),
  routed: routed({
    when: ({ keys }) => keys?.session === 0,
    use: shapedLikelihood(),
    otherwise: clippedSurrogate(),
  }),
  'with k1': withKl(reinforce(), { coefficient: 0.3, estimator: k1 }),
  'with k2': withKl(clippedSurrogate(), { coefficient: 0.3, estimator: k2 }),
  'with k3': withKl(gspo(), { coefficient: 0.3, estimator: k3 }),
  'with entropy': withEntropyBonus(clippedSurrogate(), { coefficient: 0.1 }),
  'with both': withKl(withEntropyBonus(clippedSurrogate(), { coefficient: 0.1 }), {
    coefficient: 0.1,
  }),
}

describe.each(Object.entries(objectives))('%s', (_, objective) => {
  for (const { name, run } of testObjective(objective)) it(name, run)
})

describe('whole batches', () => {
  for (const objective of [
    byToken({ choice: topEntropy({ share: 0.4 }), chosen: clippedSurrogate() }),
    clipCov({ share: 0.2, above: 0, below: 0.5 }),
    klCov({ share: 0.3, coefficient: 0.5 }),
  ])
    for (const { name, run } of testObjective(objective, { unitSize: 3 })) it(name, run)
})

describe('pairs', () => {
  const keys = [1, 0].map((preferred, session) => ({
    task: 'q',
    role: 'solver',
    session,
    round: 1,
    branch: 0,
    pair: 0,
    preferred,
  }))
  for (const objective of [
    pairwise(),
    pairwise({ beta: 2 }),
    pairwise({ beta: 1, reference: false }),
    pairwise({ likelihood: 0.1 }),
    withKl(pairwise(), { coefficient: 0.1 }),
  ]) {
    for (const { name, run } of testObjective(objective, { unitSize: 2, keys })) it(name, run)
  }
})
