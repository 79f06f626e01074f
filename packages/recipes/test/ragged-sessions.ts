import {
  isRebound,
  randomStream,
  type CollectContext,
  type QuestionTask,
  type Recipe,
  type Sample,
  type SessionResult,
} from '@icrl/core'

/** Nats of a response's tokens under a prompt, `[T]`, and a number per token to shift them by. */
export interface Scored {
  readonly now: readonly number[]
  readonly old: readonly number[]
  readonly probe: readonly number[]
}

/** Scores a response under a prompt; the same sample and prompt are scored alike. */
export type Score = (sample: Pick<Sample, 'id' | 'response'>, prompt: Int32Array) => Scored

/** Sessions of two tasks, with random rewards and responses of random lengths. */
export interface RaggedBatch {
  readonly tasks: readonly QuestionTask[]
  readonly sessions: readonly SessionResult[]
  readonly score: Score
}

/** Who speaks in a session, in order, once its first attempt failed: its role, round and parents. */
export type Turns = readonly { readonly role: 'solver' | 'critic'; readonly round: number }[]

/**
 * Two tasks with two to five sessions each. A session is a first attempt and, unless it succeeds,
 * the turns that follow. Critics see the question and the attempt; later attempts see the critique
 * before them, and are rebound to the question, as the protocols of `@icrl/rollout` leave them.
 */
export function raggedBatch(seed: number, following: Turns): RaggedBatch {
  const draws = randomStream(seed, 'ragged')
  const tasks = ['q0', 'q1'].map((id) => ({ id, question: id, answer: 'a' }))
  const sessions = tasks.flatMap(({ id: task }, place) =>
    Array.from({ length: 2 + draws.child('sessions').integer(place, 4) }, (_, session) =>
      sessionOf({ task, session, place, following, draws: draws.child(task, session) }),
    ),
  )
  const score: Score = ({ id, response }, prompt) => {
    const own = draws.child(id, prompt.join())
    const old = Array.from(response, (_, t) => -0.1 - 7 * own.child('old').uniform(t))
    const now = old.map((value, t) => Math.min(-0.01, value + own.child('now').uniform(t) - 0.5))
    return { old, now, probe: old.map((_, t) => own.child('probe').uniform(t)) }
  }
  return { tasks, sessions, score }
}

function sessionOf({
  task,
  session,
  place,
  following,
  draws,
}: {
  readonly task: string
  readonly session: number
  readonly place: number
  readonly following: Turns
  readonly draws: ReturnType<typeof randomStream>
}): SessionResult {
  const question = Int32Array.of(place)
  const samples: Sample[] = []
  const said = (role: 'solver' | 'critic', round: number): Sample => {
    const own = draws.child(role, round)
    const id = `${task}/${session}/${role}/${round}`
    const length = 1 + own.integer(0, 6)
    const isPlain = role === 'solver' && round === 1
    const sampledUnder = isPlain ? question : Int32Array.of(place, session, samples.length)
    const success = own.uniform(1) < 0.4
    const reward = success ? 1 : Math.round(4 * own.uniform(2)) / 5
    return {
      id,
      parents: samples.slice(-1).map((before) => before.id),
      keys: { task, role, session, round, branch: 0 },
      sampledUnder,
      trainedUnder: role === 'solver' ? question : sampledUnder,
      response: new Int32Array(length),
      mask: Uint8Array.from({ length }, (_, t) => Number(t === 0 || own.uniform(3 + t) > 0.2)),
      behaviorLogprobs: new Float32Array(length),
      rewards: {},
      reward: role === 'solver' ? reward : 0,
      ...(role === 'solver' && { success }),
      policy: 'shared',
      version: '0',
      temperature: 1,
      finish: 'stop',
      valid: true,
    }
  }
  samples.push(said('solver', 1))
  if (!samples[0].success) for (const { role, round } of following) samples.push(said(role, round))
  const outcomes = samples
    .filter(({ keys }) => keys.role === 'solver')
    .map(({ reward, success }) => ({ reward, success: success === true }))
  return { task, session, samples, outcomes, transcript: [] }
}

/** A recipe's gradient along the probes: its own parts, in the order in which a step calls them. */
export async function recipeSlope(
  recipe: Recipe<QuestionTask>,
  { tasks, sessions, score }: RaggedBatch,
): Promise<number> {
  const context: Pick<CollectContext<QuestionTask>, 'step' | 'take' | 'run'> = {
    step: 0,
    take: () => tasks,
    run: async () => [...sessions],
  }
  const collected = await recipe.collect(context as CollectContext<QuestionTask>)
  const rewarded = recipe.reward?.(collected) ?? collected.flatMap((session) => session.samples)
  const kept = (recipe.filters ?? []).reduce((left, filter) => filter(left).kept, rewarded)
  const advantages = recipe.advantages(kept)
  const own = kept.map((sample, i) => ({
    ...sample,
    advantages: new Float32Array(sample.response.length).fill(advantages[i] as number),
  }))
  const copies = (recipe.copies?.(own) ?? []).map(({ of, trainedUnder, advantage }) => {
    const source = own.find(({ id }) => id === of)!
    const given = source.advantages.map((value) => advantage ?? value)
    return { ...source, trainedUnder, advantages: given }
  })
  const trained = [...own, ...copies]
  const coefficients = recipe.aggregation(trained)
  return trained.reduce((sum, sample, i) => {
    const { now, old, probe } = score(sample, sample.trainedUnder)
    const oldLogprobs = Float32Array.from(old)
    const weights = recipe.weights?.({ ...sample, oldLogprobs })
    const [{ gradient }] = recipe.objective.evaluate([
      {
        logprobs: Float64Array.from(now),
        oldLogprobs: Float64Array.from(old),
        mask: sample.mask,
        advantages: sample.advantages,
        coefficients: coefficients[i],
        weights,
        keys: sample.keys,
        origin: sample.origin,
        rebound: isRebound(sample),
      },
    ])
    return gradient.reduce((all, value, t) => all + value * probe[t], sum)
  }, 0)
}
