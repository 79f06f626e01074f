import { createHash } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  encodeSample,
  randomStream,
  type Dialogue,
  type RandomStream,
  type Sample,
} from '@icrl/core'
import type { StoredSample } from '../src/index.ts'

/** Makes run folders of the very layout the trainer writes, from a made-up learner, quickly. */
export interface MakeRunOptions {
  readonly directory: string
  readonly method?: 'icrl' | 'grpo'
  readonly seed?: number
  readonly steps?: number
  /** Tasks a step. */
  readonly tasks?: number
  /** Sessions a task. */
  readonly sessions?: number
  readonly heldOut?: number
  readonly evaluateEvery?: number
  /** Accuracy after this share of training, 0 … 1. */
  readonly skill?: (progress: number) => number
  /** What a critique adds to the odds of a retry. */
  readonly guidance?: number
  readonly leakRate?: number
  /** Step by step additions to the metrics line. */
  readonly metrics?: (step: number) => Record<string, number>
  /** Leaves the run as a process killed before its end leaves it. */
  readonly isUnfinished?: boolean
  /** Stores the training pass's log-probabilities, for ratios. */
  readonly hasRatios?: boolean
  /** Attempts are episodes: after their second token the environment says two. */
  readonly hasObservations?: boolean
  /** Attempts are an agent's, with a tool that it calls. */
  readonly hasDialogue?: boolean
  /** Leaves the tokenizer out. */
  readonly isWithoutVocabulary?: boolean
  /** Put before every text. */
  readonly textPrefix?: string
}

const NUMBERS = [
  'zero',
  'one',
  'two',
  'three',
  'four',
  'five',
  'six',
  'seven',
  'eight',
  'nine',
  'ten',
  'eleven',
  'twelve',
  'thirteen',
  'fourteen',
  'fifteen',
  'sixteen',
  'seventeen',
  'eighteen',
  'nineteen',
]
const OPERATORS = [
  'bend',
  'carve',
  'drift',
  'ember',
  'fold',
  'graft',
  'hoist',
  'knead',
  'lift',
  'mend',
  'nudge',
  'orbit',
  'press',
  'quilt',
  'rinse',
  'stack',
]
const WORDS = [
  '<pad>',
  '<user>',
  '<assistant>',
  '<end>',
  'start',
  'apply',
  'tips',
  'review',
  'wrote',
  ...NUMBERS,
  ...OPERATORS,
]
const idOf = (word: string): number => WORDS.indexOf(word)
const ids = (words: readonly string[]): Int32Array => Int32Array.from(words, idOf)
const textOf = (tokens: Int32Array): string =>
  Array.from(tokens, (id) => WORDS[id])
    .filter((word) => !word.startsWith('<'))
    .join(' ')
const line = (value: unknown): string => `${JSON.stringify(value)}\n`
const stepName = (step: number): string => `step-${String(step).padStart(5, '0')}`
const tokensOf = (samples: readonly Sample[]): number =>
  samples.reduce((sum, { mask }) => sum + mask.reduce((ones, one) => ones + one, 0), 0)

/** Writes the folder and answers its path. */
export function makeRun(options: MakeRunOptions): string {
  const {
    directory,
    method = 'icrl',
    seed = 0,
    steps = 6,
    tasks = 4,
    sessions = 4,
    heldOut = 32,
    evaluateEvery = 3,
    skill = (progress) => 0.15 + 0.8 * progress,
    isUnfinished = false,
  } = options
  const draws = randomStream(seed, 'made-up run', method)
  for (const folder of ['samples', 'evaluations', 'model'])
    mkdirSync(join(directory, folder), { recursive: true })
  writeFileSync(
    join(directory, 'config.json'),
    `${JSON.stringify({ format: 1, method: { name: method, options: { rounds: 2, maxWeight: 2, clipLow: 0.2, clipHigh: 0.28 }, minibatches: 2, epochs: 1 }, seed, stop: { steps } }, null, 2)}\n`,
  )
  if (!options.isWithoutVocabulary)
    writeFileSync(join(directory, 'model', 'tokenizer.json'), JSON.stringify(tokenizer()))
  let metrics = ''
  let timing = ''
  let total = 0
  const evaluations: { step: number; tokens: number; metrics: Record<string, number> }[] = []
  const evaluate = (step: number): Record<string, number> => {
    const { lines, values } = evaluation(
      draws.child('evaluation', step),
      heldOut,
      skill(step / steps),
      method,
      options,
    )
    writeFileSync(join(directory, 'evaluations', `${stepName(step)}.jsonl`), lines)
    evaluations.push({ step, tokens: total, metrics: values })
    return values
  }
  for (let step = 0; step < steps; step++) {
    const evaluated = step % evaluateEvery === 0 ? evaluate(step) : {}
    const samples = sampleStep(
      { ...options, method, tasks, sessions },
      step,
      skill(step / steps),
      draws.child('step', step),
      step / steps,
    )
    writeFileSync(
      join(directory, 'samples', `${stepName(step)}.jsonl`),
      samples
        .map(
          (sample) =>
            `${encodeSample(withTexts(options.hasObservations ? withObservation(sample) : sample, options, draws))}\n`,
        )
        .join(''),
    )
    total += tokensOf(samples)
    metrics += line({
      ...metricsOf(step, samples, evaluated, total, steps),
      ...options.metrics?.(step),
    })
    timing += line(timingOf(step, samples, step % evaluateEvery === 0, draws.child('timing', step)))
  }
  writeFileSync(join(directory, 'metrics.jsonl'), metrics)
  writeFileSync(join(directory, 'timing.jsonl'), timing)
  if (!isUnfinished) {
    evaluate(steps)
    const accuracies = evaluations.map((point) => point.metrics['eval/critique_free'])
    const summary = {
      method,
      seed,
      steps,
      eval_initial: accuracies[0],
      eval_final: accuracies.at(-1),
      eval_best: Math.max(...accuracies),
      tokens_sampled: total,
      wall_seconds: steps * 0.8,
      backend: 'native-cpu',
      isa: 'avx2',
      metrics_sha256: createHash('sha256').update(metrics).digest('hex'),
      evaluations,
    }
    writeFileSync(join(directory, 'summary.json'), `${JSON.stringify(summary, null, 2)}\n`)
  }
  return directory
}

function tokenizer(): object {
  return {
    added_tokens: WORDS.slice(0, 4).map((content, id) => ({ id, content, special: true })),
    pre_tokenizer: { type: 'WhitespaceSplit' },
    decoder: null,
    model: { type: 'WordLevel', vocab: Object.fromEntries(WORDS.map((word, id) => [word, id])) },
  }
}

type StepOptions = MakeRunOptions & {
  readonly method: string
  readonly tasks: number
  readonly sessions: number
}

function sampleStep(
  options: StepOptions,
  step: number,
  accuracy: number,
  draws: RandomStream,
  progress: number,
): Sample[] {
  const { method, tasks, sessions, guidance = 0.25, leakRate = 0 } = options
  const samples: Sample[] = []
  for (let t = 0; t < tasks; t++) {
    const ofTask = draws.child('task', t)
    const operators = Array.from(
      ofTask.permutation(0, OPERATORS.length).slice(0, 5),
      (k) => OPERATORS[k],
    )
    const task = `${step * tasks + t}-${operators.join('-')}`
    const prompt = ids([
      '<user>',
      'start',
      NUMBERS[ofTask.integer(1, 20)],
      'apply',
      ...operators,
      '<assistant>',
    ])
    const own: Sample[] = []
    for (let session = 0; session < sessions; session++) {
      const of = ofTask.child('session', session)
      const isRight = of.uniform(0) < accuracy
      const first = attempt({
        step,
        task,
        session,
        round: 1,
        prompt,
        isRight,
        draws: of.child('first'),
        progress,
      })
      own.push(first)
      if (method !== 'icrl' || isRight) continue
      const tips = operators.filter((_, i) => of.uniform(10 + i) < 0.6)
      const isGuidedRight = of.uniform(1) < Math.min(0.97, accuracy + guidance)
      const critique = criticSample({
        step,
        task,
        session,
        prompt,
        tips,
        isGuidedRight,
        leaks: of.uniform(2) < leakRate,
        draws: of.child('critic'),
        parent: first.id,
      })
      const guided = ids([
        '<user>',
        ...Array.from(prompt.slice(1, -1), (id) => WORDS[id]),
        'tips',
        ...tips,
        '<assistant>',
      ])
      own.push(
        critique,
        attempt({
          step,
          task,
          session,
          round: 2,
          prompt,
          guided,
          isRight: isGuidedRight,
          draws: of.child('second'),
          progress,
          parents: [critique.id, first.id],
        }),
      )
    }
    samples.push(...withAdvantages(own))
  }
  return samples
}

interface AttemptOptions {
  readonly step: number
  readonly task: string
  readonly session: number
  readonly round: number
  readonly prompt: Int32Array
  readonly guided?: Int32Array
  readonly isRight: boolean
  readonly draws: RandomStream
  readonly progress: number
  readonly parents?: readonly string[]
}

function attempt({
  step,
  task,
  session,
  round,
  prompt,
  guided,
  isRight,
  draws,
  progress,
  parents = [],
}: AttemptOptions): Sample {
  const response = ids([
    ...Array.from({ length: 5 }, (_, i) => NUMBERS[draws.integer(i, 20)]),
    '<end>',
  ])
  const behaviorLogprobs = logprobs(response.length, draws.child('behavior'), -0.25)
  // Early on, what a tip made likely is unlikely without it; late it is said unprompted.
  const oldLogprobs = guided
    ? behaviorLogprobs.map((value, i) =>
        Math.min(
          -0.001,
          value +
            (draws.uniform(30 + i) < 0.3
              ? 0.5 * draws.normal(50 + i)
              : -(1 - progress) * 4 * draws.uniform(70 + i)),
        ),
      )
    : behaviorLogprobs
  return {
    id: `train${step}/${task}/${session}/solver-${round}-0`,
    parents,
    keys: { task, role: 'solver', session, round, branch: 0 },
    sampledUnder: guided ?? prompt,
    trainedUnder: guided ? prompt : (guided ?? prompt),
    response,
    mask: new Uint8Array(response.length).fill(1),
    behaviorLogprobs,
    oldLogprobs,
    ...(guided && {
      weights: behaviorLogprobs.map((value, t) => Math.exp(oldLogprobs[t] - value)),
    }),
    rewards: { outcome: isRight ? 1 : 0 },
    reward: isRight ? 1 : 0,
    policy: 'model',
    version: String(step),
    temperature: 1,
    finish: 'stop',
    valid: true,
  }
}

function criticSample({
  step,
  task,
  session,
  prompt,
  tips,
  isGuidedRight,
  leaks,
  draws,
  parent,
}: {
  step: number
  task: string
  session: number
  prompt: Int32Array
  tips: readonly string[]
  isGuidedRight: boolean
  leaks: boolean
  draws: RandomStream
  parent: string
}): Sample {
  const under = ids([
    '<user>',
    'review',
    ...Array.from(prompt.slice(1, -1), (id) => WORDS[id]),
    'wrote',
    'three',
    '<assistant>',
  ])
  const response = ids([...tips, '<end>'])
  const values = logprobs(response.length, draws, -0.5)
  return {
    id: `train${step}/${task}/${session}/critic-1-0`,
    parents: [parent],
    keys: { task, role: 'critic', session, round: 1, branch: 0 },
    sampledUnder: under,
    trainedUnder: under,
    response,
    mask: new Uint8Array(response.length).fill(1),
    behaviorLogprobs: values,
    oldLogprobs: values,
    rewards: { utility: isGuidedRight ? 1 : 0, leak: leaks ? 1 : 0 },
    reward: isGuidedRight ? 1 : 0,
    policy: 'model',
    version: String(step),
    temperature: 1,
    finish: 'stop',
    valid: tips.length > 0,
  }
}

function logprobs(length: number, draws: RandomStream, scale: number): Float32Array {
  return Float32Array.from({ length }, (_, t) => scale * -Math.log(1 - draws.uniform(t)) - 0.002)
}

function withAdvantages(samples: readonly Sample[]): Sample[] {
  return samples.map((sample) => {
    const group = samples
      .filter(({ keys }) => keys.role === sample.keys.role)
      .map(({ reward }) => reward)
    const mean = group.reduce((sum, reward) => sum + reward, 0) / group.length
    const deviation = Math.sqrt(
      group.reduce((sum, reward) => sum + (reward - mean) ** 2, 0) / Math.max(1, group.length - 1),
    )
    return {
      ...sample,
      advantages: new Float32Array(sample.response.length).fill(
        deviation === 0 ? 0 : (sample.reward - mean) / (deviation + 1e-6),
      ),
    }
  })
}

/** Two observed tokens after the second: no log-probability, no loss. */
function withObservation(sample: Sample): Sample {
  if (sample.keys.role === 'critic') return sample
  const inserted = <Values extends Int32Array | Float32Array | Uint8Array>(
    values: Values,
    pair: readonly number[],
  ): Values =>
    (values.constructor as unknown as { from(values: number[]): Values }).from([
      ...values.slice(0, 2),
      ...pair,
      ...values.slice(2),
    ])
  const { response, mask, behaviorLogprobs, oldLogprobs, advantages, weights } = sample
  return {
    ...sample,
    response: inserted(response, [idOf('wrote'), idOf('zero')]),
    mask: inserted(mask, [0, 0]),
    behaviorLogprobs: inserted(behaviorLogprobs, [0, 0]),
    ...(oldLogprobs && { oldLogprobs: inserted(oldLogprobs, [0, 0]) }),
    ...(advantages && { advantages: inserted(advantages, [advantages[0], advantages[0]]) }),
    ...(weights && { weights: inserted(weights, [1, 1]) }),
  }
}

function withTexts(
  sample: Sample,
  { hasRatios, hasDialogue, textPrefix = '' }: MakeRunOptions,
  draws: RandomStream,
): Sample {
  const { sampledUnder, trainedUnder, response, oldLogprobs } = sample
  const written = (tokens: Int32Array): string => textPrefix + textOf(tokens)
  const texts = {
    sampledUnder: written(sampledUnder),
    ...(trainedUnder !== sampledUnder && { trainedUnder: written(trainedUnder) }),
    response: written(response),
    answer: `${textPrefix}three eleven`,
  }
  const ratios =
    hasRatios && oldLogprobs
      ? {
          trainLogprobs: oldLogprobs.map((value, t) =>
            Math.min(-0.0001, value + 0.1 * draws.child(sample.id).normal(t)),
          ),
        }
      : {}
  const dialogue =
    hasDialogue && sample.keys.role !== 'critic'
      ? { dialogue: dialogueOf(texts.trainedUnder ?? texts.sampledUnder, textPrefix) }
      : {}
  return { ...sample, texts, ...ratios, ...dialogue } as StoredSample
}

function dialogueOf(question: string, textPrefix: string): Dialogue {
  const call = {
    type: 'tool-call',
    name: 'apply',
    id: 'call_0_0',
    arguments: { to: 3, note: textPrefix },
  } as const
  return {
    tools: [{ name: 'apply', parameters: { type: 'object' } }],
    messages: [
      { role: 'user', content: question },
      {
        role: 'assistant',
        content: [{ type: 'reasoning', text: 'Step by step.' }, call],
      },
      {
        role: 'tool',
        content: [{ type: 'tool-result', text: `${textPrefix}eleven`, id: 'call_0_0' }],
      },
      { role: 'assistant', content: 'It is eleven.' },
    ],
  }
}

function metricsOf(
  step: number,
  samples: readonly Sample[],
  evaluated: Record<string, number>,
  total: number,
  steps: number,
): Record<string, number> {
  const role = (name: string): Sample[] => samples.filter(({ keys }) => keys.role === name)
  const mean = (values: readonly number[]): number =>
    values.reduce((sum, value) => sum + value, 0) / values.length
  const guided = samples.filter(({ keys }) => keys.round > 1)
  const weights = guided.flatMap((sample) => Array.from(sample.weights ?? []))
  const zeroVariance = (name: string): number => {
    const groups = [...new Set(role(name).map(({ keys }) => keys.task))].map((task) =>
      role(name).filter(({ keys }) => keys.task === task),
    )
    return mean(
      groups.map((group) => Number(group.every(({ reward }) => reward === group[0].reward))),
    )
  }
  const generated = tokensOf(samples)
  const idle = tokensOf(samples.filter(({ advantages }) => advantages![0] === 0))
  const squares = weights.reduce((sum, weight) => sum + weight * weight, 0)
  return {
    step,
    ...(role('critic').length > 0 && {
      'reward/critic': mean(role('critic').map(({ reward }) => reward)),
    }),
    'reward/solver': mean(role('solver').map(({ reward }) => reward)),
    'accuracy/first': mean(
      samples
        .filter(({ keys }) => keys.round === 1 && keys.role === 'solver')
        .map(({ reward }) => reward),
    ),
    ...(guided.length > 0 && { 'accuracy/guided': mean(guided.map(({ reward }) => reward)) }),
    ...evaluated,
    ...(role('critic').length > 0 && {
      'critic/leak_rate': mean(role('critic').map(({ rewards }) => rewards.leak)),
      'critic/tokens': mean(role('critic').map(({ response }) => response.length)),
    }),
    ...(weights.length > 0 && {
      'calibration/weight_mean': mean(weights),
      'calibration/capped_fraction': mean(weights.map((weight) => Number(weight > 2))),
      'calibration/ess': (mean(weights) * weights.length) ** 2 / squares,
    }),
    'policy/entropy': 1.2 - (0.8 * step) / steps,
    'policy/clip_fraction': 0.02 + 0.03 * Math.abs(Math.sin(step)),
    'policy/grad_norm': 0.6 + 0.3 * Math.cos(step),
    'policy/loss': 0.01 * Math.sin(step * 2),
    'policy/mismatch_max': 0,
    ...(role('critic').length > 0 && { 'groups/zero_variance_critic': zeroVariance('critic') }),
    'groups/zero_variance_solver': zeroVariance('solver'),
    'ledger/generated': generated,
    'ledger/failed': 0,
    'ledger/filtered': 0,
    'ledger/truncated': 0,
    'ledger/zero_advantage': idle,
    'ledger/trained': generated - idle,
    'tokens/sampled_total': total,
  }
}

function timingOf(
  step: number,
  samples: readonly Sample[],
  isEvaluated: boolean,
  draws: RandomStream,
): Record<string, number> {
  const sample = 0.3 + 0.05 * draws.uniform(0)
  const train = 0.35 + 0.05 * draws.uniform(1)
  const score = 0.06
  const evaluate = isEvaluated ? 0.4 : 0
  return {
    step,
    'perf/sample_tokens_per_second': tokensOf(samples) / sample,
    'perf/train_tokens_per_second': (3 * tokensOf(samples)) / train,
    'perf/step_seconds': sample + train + score + evaluate + 0.01,
    'perf/phase/evaluate': evaluate,
    'perf/phase/sample': sample,
    'perf/phase/score': score,
    'perf/phase/train': train,
    'memory/rss_bytes': 3e8,
  }
}

function evaluation(
  draws: RandomStream,
  heldOut: number,
  accuracy: number,
  method: string,
  { guidance = 0.25 }: MakeRunOptions,
): { lines: string; values: Record<string, number> } {
  const conditions =
    method === 'icrl' ? ['critique_free', 'with_critique', 'plain_retry'] : ['critique_free']
  const gain: Record<string, number> = {
    critique_free: 0,
    with_critique: guidance,
    plain_retry: 0.05,
  }
  let lines = ''
  const values: Record<string, number> = {}
  for (const condition of conditions) {
    let right = 0
    for (let t = 0; t < heldOut; t++) {
      // Tasks differ in difficulty alike in every run, so that pairing them tells.
      const difficulty = randomStream(99, 'difficulty').uniform(t)
      const success =
        difficulty * 0.7 + draws.uniform(t) * 0.3 < accuracy + gain[condition] * (1 - accuracy)
      right += Number(success)
      lines += line({
        task: `held-${t}`,
        condition,
        repeat: 0,
        reward: success ? 1 : 0,
        success,
        tokens: 6,
        outcomes: [{ reward: success ? 1 : 0, success }],
      })
    }
    values[`eval/${condition}`] = right / heldOut
  }
  if (method === 'icrl')
    Object.assign(values, {
      'critic/lift': guidance * (1 - accuracy),
      'critic/harm_rate': 0.02,
      'calibration/probe_weight_mean': 0.5 + 0.45 * accuracy,
    })
  return { lines, values }
}
