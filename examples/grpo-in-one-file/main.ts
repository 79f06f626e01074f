/**
 * GRPO in one file: a whole reinforcement-learning loop from public packages, without the trainer.
 *
 * A tiny randomly initialized transformer learns to count: shown a digit, it must answer with the
 * next two (7 → 8 9, modulo 10). Nobody shows it an answer; a blind guess is right once in 256. A
 * step samples G answers to each of Q prompts, rewards them, compares each with its group, and
 * moves the weights by PPO's clipped surrogate in two minibatches.
 *
 *     pnpm --dir examples/grpo-in-one-file start
 *
 * Shao et al. 2024 (arXiv 2402.03300). Axes: Q prompts, G answers a prompt, T tokens.
 */
import { pathToFileURL } from 'node:url'
import { groupAdvantage, groupBy, meanStd } from '@icrl/advantage'
import { initializeModel, LocalPolicy, parseModelConfig, selectBackend } from '@icrl/backbone'
import { randomStream, type Generation, type PassItem, type Policy, type Sample } from '@icrl/core'
import { clippedSurrogate, lossSlopes, tokenMean, type GivenInput } from '@icrl/objective'

const Q = 10
const G = 16
const T = 2
const MINIBATCHES = 2
const LEARNING_RATE = 3e-3
/** Ids 0 … 9 are digits; the rest of the 16 are never right. */
const VOCABULARY = 16

export interface LoopOptions {
  readonly steps: number
  readonly seed?: number
  readonly onStep?: (step: number, accuracy: number) => void
}

/** One sampled answer, with what its advantage and its loss are computed from. */
type Answer = PassItem & Pick<Sample, 'id' | 'keys' | 'reward' | 'mask' | 'behaviorLogprobs'>

function createPolicy(seed: number): LocalPolicy {
  const config = parseModelConfig(
    {
      architectures: ['Qwen3ForCausalLM'],
      model_type: 'qwen3',
      vocab_size: VOCABULARY,
      hidden_size: 32,
      intermediate_size: 64,
      num_hidden_layers: 1,
      num_attention_heads: 2,
      num_key_value_heads: 2,
      head_dim: 16,
      hidden_act: 'silu',
      max_position_embeddings: 8,
      rms_norm_eps: 1e-6,
      rope_theta: 10000,
      attention_bias: false,
      tie_word_embeddings: false,
      initializer_range: 0.05,
    },
    'config',
  )
  return new LocalPolicy(config, initializeModel(config, seed), { name: 'counter' })
}

/** The share of right digits: 0, ½ or 1. */
function reward(digit: number, answer: Int32Array): number {
  let right = 0
  for (let t = 0; t < T; t++) if (answer[t] === (digit + 1 + t) % 10) right++
  return right / T
}

/**
 * Samples `answers[Q · G]`, each keyed by its own place, so that the order in which they finish
 * does not matter.
 */
async function rollOut(policy: Policy, seed: number, step: number): Promise<Answer[]> {
  const places = Array.from({ length: Q * G }, (_, i) => ({
    digit: i % 10,
    session: Math.floor(i / 10),
  }))
  const answers = await Promise.all(
    places.map(({ digit, session }) =>
      policy.sample({
        prompt: Int32Array.of(digit),
        maxTokens: T,
        temperature: 1,
        stop: [],
        draws: randomStream(seed, 'rollout', step, digit, session),
      }),
    ),
  )
  return places.map(({ digit, session }, i) => scored(digit, session, answers[i]))
}

function scored(digit: number, session: number, { tokens, logprobs }: Generation): Answer {
  return {
    id: `${digit}/${session}`,
    keys: { task: `${digit}`, role: 'solver', session, round: 1, branch: 0 },
    prompt: Int32Array.of(digit),
    response: tokens,
    mask: new Uint8Array(tokens.length).fill(1),
    behaviorLogprobs: logprobs,
    temperature: 1,
    reward: reward(digit, tokens),
  }
}

/**
 * The minibatch's share of the loss is fixed here, over the whole minibatch, before a policy cuts
 * it into passes.
 */
function lossInputs(samples: readonly Answer[], advantages: readonly number[]): GivenInput[] {
  const coefficients = tokenMean()(samples)
  return samples.map(({ mask, response, behaviorLogprobs }, i) => ({
    mask,
    coefficients: coefficients[i],
    advantages: new Float32Array(response.length).fill(advantages[i]),
    oldLogprobs: behaviorLogprobs,
  }))
}

/** Trains a fresh policy; returns the mean reward of every step. */
export async function runGrpo({ steps, seed = 0, onStep }: LoopOptions): Promise<number[]> {
  await using policy = createPolicy(seed)
  const advantageOf = groupAdvantage({ by: groupBy('task'), baseline: meanStd() })
  const objective = clippedSurrogate({ clipLow: 0.2, clipHigh: 0.28 })
  const accuracies: number[] = []
  for (let step = 0; step < steps; step++) {
    const samples = await rollOut(policy, seed, step)
    const advantages = advantageOf(samples)
    const order = randomStream(seed, 'minibatches', step).permutation(0, samples.length)
    for (let part = 0; part < MINIBATCHES; part++) {
      const chosen = Array.from(order.filter((_, i) => i % MINIBATCHES === part)).sort(
        (a, b) => a - b,
      )
      const batch = chosen.map((i) => samples[i])
      const inputs = lossInputs(
        batch,
        chosen.map((i) => advantages[i]),
      )
      await policy.accumulate(batch, lossSlopes(objective, inputs))
      await policy.step({ learningRate: LEARNING_RATE, clipNorm: 1 })
    }
    const accuracy = samples.reduce((sum, sample) => sum + sample.reward, 0) / samples.length
    accuracies.push(accuracy)
    onStep?.(step, accuracy)
  }
  return accuracies
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  const { name, notice } = await selectBackend('auto')
  console.log(notice ?? `backend ${name}`)
  await runGrpo({
    steps: 100,
    onStep: (step, accuracy) =>
      step % 10 === 9 &&
      console.log(
        `step ${String(step + 1).padStart(3)}  reward ${accuracy.toFixed(3)}  ${'█'.repeat(Math.round(accuracy * 40))}`,
      ),
  })
}
