import { isIcrlError } from '@icrl/core'
import type {
  Generation,
  Recipe,
  RoleBinding,
  Sample,
  SampleRequest,
  Sampler,
  SessionProtocol,
  SessionResult,
  Task,
} from '@icrl/core'
import { sessionPartsOf } from '@icrl/recipes'
import { runSessions, sessionsFailed, solveCritiqueRevise } from '@icrl/rollout'
import type { DescribedRun } from '../../config/build-run.ts'

/** The first prompt of each role, in the order they were asked. */
export type RolePrompts = ReadonlyMap<string, Int32Array>

/** What one session takes at most: every attempt fails, and every answer is as long as it may be. */
export interface DrySession {
  /** Answers by role. */
  readonly answers: ReadonlyMap<string, number>
  /** What would be trained. */
  readonly samples: readonly Sample[]
  /** Tokens sampled. */
  readonly sampled: number
  /** Tokens of the longest prompt and its answer. */
  readonly longest: number
}

/** What a silent and a talkative sampler show of a run's sessions. */
export interface DryPlay {
  readonly prompts: RolePrompts
  readonly session: DrySession
}

/**
 * Plays the first task as the recipe trains it, or under its conditions where it does not say what a
 * session is made of, twice: with a sampler that says nothing, for each role's first prompt (a
 * critic's is therefore that of an empty attempt), and with one whose answers are as long as they may
 * be, for the sizes.
 *
 * @throws `sessions-failed` with the reasons if no role could be asked
 */
export async function dryPlay(run: DescribedRun): Promise<DryPlay> {
  const tasks = run.tasks.slice(0, 1)
  const { prompts, results } = await playedSilently(run, tasks)
  if (prompts.size === 0 && results.length > 0)
    throw sessionsFailed('icrl plan: the first task', results, 'Fix that, and plan again.')
  const answers = new Map<string, number>()
  const filler = fillerOf(run.engine, prompts)
  let [sampled, longest] = [0, 0]
  const talkative = await played(run, tasks, (role, { prompt, maxTokens }) => {
    answers.set(role, (answers.get(role) ?? 0) + 1)
    sampled += maxTokens
    longest = Math.max(longest, prompt.length + maxTokens)
    return new Int32Array(maxTokens).fill(filler)
  })
  return {
    prompts,
    session: { answers, sampled, longest, samples: talkative.flatMap(({ samples }) => samples) },
  }
}

/**
 * What each role reads first, if the task is given to a run's model: a critic's prompt is that of an
 * empty attempt.
 *
 * @throws `sessions-failed` with the reasons if no role could be asked
 */
export async function firstPrompts(run: DescribedRun, task: Task): Promise<RolePrompts> {
  const { prompts, results } = await playedSilently(run, [task])
  if (prompts.size > 0) return prompts
  throw sessionsFailed('the question as a task', results, 'Ask without the task’s prompt.')
}

async function playedSilently(
  run: DescribedRun,
  tasks: readonly Task[],
): Promise<{ prompts: RolePrompts; results: SessionResult[] }> {
  const prompts = new Map<string, Int32Array>()
  const results = await played(run, tasks, (role, { prompt, stop }) => {
    if (!prompts.has(role)) prompts.set(role, prompt)
    return Int32Array.from(stop.slice(0, 1))
  })
  return { prompts, results }
}

/** An id of text to fill answers with: " a", or where that is no word of the vocabulary one of a prompt's. */
function fillerOf({ tokenizer }: DescribedRun['engine'], prompts: RolePrompts): number {
  try {
    return tokenizer.encode(' a')[0]
  } catch (error) {
    if (!isIcrlError(error, 'vocabulary-mismatch')) throw error
    const asked = [...prompts.values()].flatMap((prompt) => [...prompt])
    return asked.findLast((id) => !tokenizer.isSpecial(id)) ?? asked[0]
  }
}

/** Ids of an answer; an answer that does not end in a stop id was cut off. */
type Say = (role: string, request: SampleRequest) => Int32Array

async function played(
  { config, recipe, renderer }: DescribedRun,
  tasks: readonly Task[],
  say: Say,
): Promise<SessionResult[]> {
  const roles = Object.entries(config.roles)
  const samplers = roles.map(([role]): [string, Sampler] => [
    role,
    { sample: async (request) => generationOf(say(role, request), request) },
  ])
  const bindings = roles.map(([role, { sampling, by, policy }]): [string, RoleBinding] => [
    role,
    { renderer, sampling, ...((!by || policy) && { policy: 'dry' }) },
  ])
  const results: SessionResult[] = []
  const isTrained = sessionPartsOf(recipe) !== undefined
  for (const protocol of protocolsOf(recipe))
    results.push(
      ...(await runSessions({
        protocol,
        tasks,
        sessions: 1,
        samplers: Object.fromEntries(samplers),
        bindings: Object.fromEntries(bindings),
        // As in training, so that sampling which training refuses is refused here.
        draw: { seed: config.seed ?? 0, domain: isTrained ? 'train' : 'eval', step: 0 },
      })),
    )
  return results
}

function generationOf(tokens: Int32Array, { stop }: SampleRequest): Generation {
  const isWhole = tokens.length > 0 && stop.includes(tokens[tokens.length - 1])
  return {
    tokens,
    logprobs: new Float32Array(tokens.length),
    finish: isWhole ? 'stop' : 'length',
    version: 'dry',
  }
}

function protocolsOf<T extends Task>(recipe: Recipe<T>): SessionProtocol<T>[] {
  const parts = sessionPartsOf(recipe)
  return parts ? [solveCritiqueRevise(parts)] : Object.values(recipe.evaluations ?? {})
}
