import { compareSamples, isRebound } from '@icrl/core'
import { readSamples, type StoredSample } from '../read-samples.ts'
import type { Vocabulary } from '../read-vocabulary.ts'
import type { Run } from '../run.ts'
import type { SessionData, TurnData } from './report-data.ts'
import type { ChosenSession } from './select-sessions.ts'
import { spokenParts } from './spoken-parts.ts'

export interface LoadSessionsOptions {
  /** Place of the run in the report. */
  readonly run: number
  /** Most tokens kept of a session. */
  readonly tokensEach: number
  readonly vocabulary?: Vocabulary
}

/** Characters of a prompt, of a dialogue and of an answer that the page carries. */
const PROMPT_CHARACTERS = 6000

/**
 * Reads the chosen sessions' samples again, with their tokens. Only steps with a chosen session are
 * opened.
 */
export async function loadSessions(
  { directory }: Run,
  chosen: readonly ChosenSession[],
  options: LoadSessionsOptions,
): Promise<SessionData[]> {
  const samples = new Map(chosen.map(({ entry }) => [keyOf(entry), [] as StoredSample[]]))
  for (const step of new Set(chosen.map(({ entry }) => entry.step))) {
    for await (const sample of readSamples(directory, step))
      samples.get(keyOf({ step, ...sample.keys }))?.push(sample)
  }
  return chosen.map(({ entry: { step, task, session }, chosen: why }) => {
    const own = samples.get(keyOf({ step, task, session }))!
    const answer = own.find(({ texts }) => texts?.answer !== undefined)?.texts?.answer
    return {
      run: options.run,
      step,
      task,
      ...(answer !== undefined && { answer: answer.slice(0, PROMPT_CHARACTERS) }),
      session,
      chosen: why,
      turns: turnsOf(own, options),
    }
  })
}

function keyOf({
  step,
  task,
  session,
}: {
  readonly step: number
  readonly task: string
  readonly session: number
}): string {
  return `${step}/${session}/${task}`
}

/** In the order in which they were written: an attempt before the critique of its round. */
export function turnsOf(
  samples: readonly StoredSample[],
  { tokensEach, vocabulary }: LoadSessionsOptions,
): TurnData[] {
  const ordered = [...samples].sort(
    (a, b) =>
      a.keys.round - b.keys.round ||
      Number(a.keys.role === 'critic') - Number(b.keys.role === 'critic') ||
      compareSamples(a, b),
  )
  let left = tokensEach
  return ordered.map((sample, i) => {
    // The remaining tokens are shared among the remaining turns, so that a long first attempt does
    // not hide its revision.
    const kept = Math.min(
      sample.response.length,
      Math.max(1, Math.floor(left / (ordered.length - i))),
    )
    left -= kept
    return turnOf(sample, kept, vocabulary)
  })
}

function turnOf(sample: StoredSample, kept: number, vocabulary: Vocabulary | undefined): TurnData {
  const {
    keys,
    reward,
    rewards,
    finish,
    valid,
    texts,
    response,
    mask,
    oldLogprobs,
    trainLogprobs,
    weights,
    advantages,
    dialogue,
  } = sample
  const ids = Array.from(response.subarray(0, kept))
  const observed = ids.flatMap((_, t) => (mask[t] ? [] : [t]))
  return {
    role: keys.role,
    round: keys.round,
    reward,
    rewards,
    finish,
    isValid: valid,
    isRebound: isRebound(sample),
    ...(texts && { prompt: texts.sampledUnder.slice(0, PROMPT_CHARACTERS) }),
    ...(texts?.trainedUnder !== undefined && {
      trainedPrompt: texts.trainedUnder.slice(0, PROMPT_CHARACTERS),
    }),
    ...(texts && !vocabulary && { text: texts.response }),
    ...(dialogue && { dialogue: spokenParts(dialogue, PROMPT_CHARACTERS) }),
    length: response.length,
    ids,
    ...(vocabulary && { tokens: ids.map((id) => vocabulary(id) ?? `⟨${id}⟩`) }),
    ...(observed.length > 0 && { observed }),
    behavior: nats(sample.behaviorLogprobs, kept),
    ...(oldLogprobs && { old: nats(oldLogprobs, kept) }),
    ...(trainLogprobs && { trained: nats(trainLogprobs, kept) }),
    ...(advantages && { advantages: oneOrMany(digits(advantages, kept)) }),
    ...(weights && { weights: digits(weights, kept) }),
  }
}

/** Five decimals: a weight derived from two of these is right to four digits. */
function nats(values: ArrayLike<number>, kept: number): number[] {
  return Array.from({ length: kept }, (_, t) => Number(values[t].toFixed(5)))
}

function digits(values: ArrayLike<number>, kept: number): number[] {
  return Array.from({ length: kept }, (_, t) => Number(values[t].toPrecision(5)))
}

function oneOrMany(values: readonly number[]): number | readonly number[] {
  return values.length > 0 && values.every((value) => value === values[0]) ? values[0] : values
}
