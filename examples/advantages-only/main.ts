/**
 * A training loop that is not ours, with three of our packages in it: advantages, an objective and a
 * checker. No trainer, no engine, no tensor: the policy is a table of numbers, its gradient is
 * written out below, and the optimizer is one line. Yours would be a model in any framework.
 *
 *     npx tsx --conditions=@icrl/source examples/advantages-only/main.ts
 *
 * The policy learns sums from 0 + 0 to 4 + 4 from rewards alone. Axes: Q questions, G answers each.
 */
import { pathToFileURL } from 'node:url'
import { meanStd } from '@icrl/advantage'
import { randomStream } from '@icrl/core'
import { clippedSurrogate } from '@icrl/objective'
import { verifyMath } from '@icrl/verify'

const QUESTIONS = Array.from({ length: 25 }, (_, q) => ({ a: q % 5, b: Math.floor(q / 5) }))
const ANSWERS = 10
const G = 8
const LEARNING_RATE = 20

/** Log-probabilities of the answers, from their logits. */
function logSoftmax(logits: Float64Array): Float64Array {
  const most = Math.max(...logits)
  const sum = logits.reduce((total, logit) => total + Math.exp(logit - most), 0)
  return logits.map((logit) => logit - most - Math.log(sum))
}

function sample(logprobs: Float64Array, uniform: number): number {
  let left = uniform
  for (let answer = 0; answer < ANSWERS; answer++) {
    left -= Math.exp(logprobs[answer])
    if (left < 0) return answer
  }
  return ANSWERS - 1
}

/** Answers all questions G times, learns from it, and returns the share that was right. */
function trainStep(table: readonly Float64Array[], step: number, seed: number): number {
  const objective = clippedSurrogate()
  let right = 0
  QUESTIONS.forEach(({ a, b }, q) => {
    const draws = randomStream(seed, 'answers', step, q)
    const old = logSoftmax(table[q])
    const answers = Array.from({ length: G }, (_, i) => sample(old, draws.uniform(i)))
    const rewards = answers.map((answer) =>
      Number(verifyMath(`\\boxed{${answer}}`, `${a + b}`).correct),
    )
    right += rewards.filter(Boolean).length
    const advantages = meanStd()(rewards) // from @icrl/advantage
    const losses = objective.evaluate(
      answers.map((answer, i) => ({
        logprobs: Float32Array.of(old[answer]),
        oldLogprobs: Float32Array.of(old[answer]),
        advantages: Float32Array.of(advantages[i]),
        coefficients: Float32Array.of(1 / (QUESTIONS.length * G)),
        mask: Uint8Array.of(1),
      })),
    )
    // The chain rule: d loss / d logit = d loss / d logprob · (1[answer] − probability).
    const probabilities = old.map(Math.exp)
    losses.forEach(({ gradient }, i) => {
      for (let answer = 0; answer < ANSWERS; answer++)
        table[q][answer] -=
          LEARNING_RATE * gradient[0] * (Number(answer === answers[i]) - probabilities[answer])
    })
  })
  return right / (QUESTIONS.length * G)
}

/** Trains a table that knows nothing; returns the share of right answers of every step. */
export function run(steps: number, seed = 0): number[] {
  const table = QUESTIONS.map(() => new Float64Array(ANSWERS))
  return Array.from({ length: steps }, (_, step) => trainStep(table, step, seed))
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  run(100).forEach((right, step) => {
    if (step % 20 === 0 || step === 99)
      console.log(`step ${String(step + 1).padStart(3)}  right ${right.toFixed(3)}`)
  })
}
