import { dropSkewed, groupAdvantage, groupBy, noBaseline } from '@icrl/advantage'
import type { BatchReward, Message, Recipe, SessionProtocol, Task } from '@icrl/core'
import { parsePreference as defaultParse } from '@icrl/critic'
import { clippedSurrogate, tokenMean } from '@icrl/objective'
import { derive, roleTurn, sessionResult, solveOnce } from '@icrl/rollout'
import { checkCounts } from './options/check-options.ts'
import { solverRecipe, type RolloutOptions } from './solver-recipe.ts'

/** Options of {@link brpo}. */
export interface BrpoOptions<T extends Task = Task> extends RolloutOptions<T> {
  /** Asks the role `judge` which of two responses to the task is better. */
  readonly judgePrompt: (task: T, first: string, second: string) => readonly Message[]
  /** Reads the judge's preference. @defaultValue `parsePreference` of `@icrl/critic` */
  readonly parsePreference?: (text: string) => 'first' | 'second' | undefined
  /** Judgments of each pair, in alternating order; a win needs all of them. @defaultValue 2 */
  readonly votes?: number
  /** Queries with |Σ R| / G above it are skipped. @defaultValue 0.6 */
  readonly mostSkew?: number
  /** ε_low: ratios below 1 − ε_low stop contributing. @defaultValue 0.2 */
  readonly clipLow?: number
  /** ε_high: ratios above 1 + ε_high stop contributing. @defaultValue 0.28 */
  readonly clipHigh?: number
  /** G: sessions of each task. @defaultValue 16 */
  readonly sessionsPerTask?: number
}

/** A comparison of one response with the group's reference. */
interface Comparison<T extends Task> extends Task {
  readonly of: T
  readonly response: string
  readonly reference: string
  /** Id of the sample that is compared. */
  readonly sample: string
}

/**
 * BRPO, bootstrapped relative policy optimization of Writing-Zero (arXiv 2506.00103): one response
 * of the group, drawn at random, is the reference; a judge compares every other with it `[paper]`:
 *
 *     R_i = +1 if response i beats the reference in every vote, else −1;   R_ref = 0;   A_i = R_i
 *
 * Advantages are not normalized, and a query is skipped if |Σ R| / G > 0.6. Published: G = 16, the
 * default. The judge is whoever has the role `judge`, and is not trained. An unreadable vote is no
 * win. The verifier of `attempt` is used only for evaluations and for `accuracy/first`.
 *
 * @throws `invalid-option` naming the option
 * @example
 * import { brpo } from '@icrl/recipes'
 * import type { AttemptProtocol, QuestionTask } from '@icrl/core'
 * declare const attempt: AttemptProtocol<QuestionTask>
 * const recipe = brpo({
 *   attempt,
 *   judgePrompt: ({ question }, first, second) => [
 *     { role: 'user', content: `${question}\nA: ${first}\nB: ${second}\nWhich is better?` },
 *   ],
 * })
 */
export function brpo<T extends Task>({
  judgePrompt,
  parsePreference = defaultParse,
  votes = 2,
  mostSkew = 0.6,
  clipLow = 0.2,
  clipHigh = 0.28,
  sessionsPerTask = 16,
  ...rollout
}: BrpoOptions<T>): Recipe<T> {
  const { attempt } = rollout
  checkCounts('brpo', { votes })
  const judged: SessionProtocol<Comparison<T>> = async function* (pair, context) {
    const isFirst = context.session % 2 === 0
    const shown = isFirst ? [pair.response, pair.reference] : [pair.reference, pair.response]
    const said = yield* roleTurn({
      role: 'judge',
      task: pair,
      context,
      messages: judgePrompt(pair.of, shown[0], shown[1]),
    })
    const wins = parsePreference(said.text) === (isFirst ? 'first' : 'second')
    const part = { samples: [], transcript: said.transcript }
    return sessionResult(pair, context, [part], { sample: pair.sample, wins })
  }
  return solverRecipe(
    'brpo',
    { ...rollout, sessionsPerTask },
    {
      roles: { judge: {} },
      collectOf:
        ({ tasksPerStep, sessionsPerTask: sessions }) =>
        async (context) => {
          const tasks = context.take(tasksPerStep)
          const attempts = await context.run(solveOnce(attempt), tasks, sessions)
          const finished = attempts.filter(({ failure, samples }) => !failure && samples.length > 0)
          const pairs = derive(finished, tasks, (session, task): Comparison<T>[] => {
            const group = finished.filter((other) => other.task === task.id)
            const reference = group[context.random(`reference/${task.id}`).integer(0, group.length)]
            if (reference === session) return []
            return [
              {
                id: `${task.id}/judge/${session.session}`,
                of: task,
                response: session.transcript[0].text,
                reference: reference.transcript[0].text,
                sample: session.samples[0].id,
              },
            ]
          })
          return [...attempts, ...(await context.run(judged, pairs, votes))]
        },
      reward: rewardWins,
      filters: [dropSkewed(mostSkew)],
      advantages: groupAdvantage({ by: groupBy('task'), baseline: noBaseline() }),
      objective: clippedSurrogate({ clipLow, clipHigh }),
      aggregation: tokenMean(),
      options: { votes, mostSkew, clipLow, clipHigh },
    },
  )
}

/** +1 for a sample that won every vote, −1 for one that did not, 0 for one that was not compared. */
const rewardWins: BatchReward = (sessions) => {
  const wins = new Map<string, boolean>()
  for (const { findings } of sessions) {
    if (findings?.sample === undefined) continue
    const id = String(findings.sample)
    wins.set(id, (wins.get(id) ?? true) && findings.wins === true)
  }
  return sessions
    .flatMap(({ samples }) => samples)
    .map((sample) => {
      const won = wins.get(sample.id)
      const preferred = won === undefined ? 0 : won ? 1 : -1
      return { ...sample, reward: preferred, rewards: { ...sample.rewards, preferred } }
    })
}
