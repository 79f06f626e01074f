import { appendFileSync } from 'node:fs'
import { join } from 'node:path'
import { loadLocalPolicy } from '@icrl/backbone'
import { chatRenderer, loadTokenizer } from '@icrl/renderer'
import { train, type RunRole, type TrainOptions, type TrainResult } from '@icrl/trainer'
import { gsm8kRecipe } from './gsm8k-recipe.ts'
import type { Problem } from './read-problems.ts'
import { stepTranscript } from './transcript.ts'

export interface RunGsm8kOptions extends Pick<
  TrainOptions<Problem>,
  'seed' | 'directory' | 'signal' | 'platform' | 'onStart' | 'onSession' | 'onStep'
> {
  /** Hugging Face folder. */
  readonly model: string
  readonly problems: readonly Problem[]
  readonly steps: number
  readonly questionsPerStep: number
  readonly sessionsPerQuestion: number
  /** Maximum number of tokens of an attempt. */
  readonly attemptTokens: number
  /** Maximum number of tokens of a critique. */
  readonly critiqueTokens: number
  readonly learningRate: number
}

/** As in the authors' released code (arXiv 2605.15224). */
const ADAM = { beta1: 0.9, beta2: 0.98, weightDecay: 0.1 }

/** Tokens in one pass: fewer keep fewer activations, and at this size more are hardly faster. */
const PACK_TOKENS = 1024

/**
 * Trains on the current backend. The run's folder also gets `transcripts.md`, every session in
 * words.
 */
export async function runGsm8k(options: RunGsm8kOptions): Promise<TrainResult> {
  const {
    model,
    problems,
    steps,
    questionsPerStep,
    sessionsPerQuestion,
    attemptTokens,
    critiqueTokens,
    learningRate,
    ...run
  } = options
  const renderer = chatRenderer({ tokenizer: await loadTokenizer(model) })
  const role = (maxTokens: number): RunRole => ({
    renderer,
    sampling: { maxTokens, temperature: 1 },
    policy: 'model',
  })
  await using policy = await loadLocalPolicy(model, {
    name: 'model',
    optimizer: ADAM,
    packTokens: PACK_TOKENS,
  })
  return await train<Problem>({
    ...run,
    recipe: gsm8kRecipe({ questionsPerStep, sessionsPerQuestion }),
    policies: { model: policy },
    roles: { solver: role(attemptTokens), critic: role(critiqueTokens) },
    tasks: problems,
    stop: { steps },
    optimizer: { learningRate, clipNorm: 1 },
    checkpoints: { keep: 0 },
    config: { example: 'gsm8k', model, adam: ADAM, packTokens: PACK_TOKENS },
    onStep(event) {
      if (run.directory !== undefined)
        appendFileSync(
          join(run.directory, 'transcripts.md'),
          stepTranscript(event.step, event.sessions, problems),
        )
      run.onStep?.(event)
    },
  })
}
