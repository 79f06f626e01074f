import type { EvaluationFigures, Message, Renderer, SessionResult, Task } from '@icrl/core'
import {
  type Demonstration,
  demonstrationSample,
  type PreferencePair,
  writtenDemonstration,
} from '@icrl/recipes'
import { lessonsFrom, type Lessons } from './lessons.ts'

/** Options of {@link metaJudge}. */
interface MetaJudgeOptions<T extends Task> {
  /** Asks whether a judgment is right; answered with `right` or `wrong`. */
  readonly metaPrompt: (task: T, judgment: string) => readonly Message[]
  readonly renderer: Renderer
  /** All tasks that sessions may be of. */
  readonly tasks: readonly T[]
}

/** A judge of judgments: what it learns from, and how far it trusts one. */
interface MetaJudge {
  /** Of each judgment its two verdicts, the right one preferred. */
  reviews(judged: readonly SessionResult[]): Lessons<PreferencePair>
  /** logπ(right) − logπ(wrong) of each session that was judged in the condition `judged`. */
  trustIn(
    figures: Pick<EvaluationFigures, 'sets' | 'score'>,
  ): Promise<ReadonlyMap<SessionResult, number>>
}

/**
 * The judge's own verdict on judgments, in place of a scalar head: trained by L = −log σ(logπ(right) −
 * logπ(wrong)), which is {@link MetaJudge.trustIn}'s margin.
 */
export function metaJudge<T extends Task>({
  metaPrompt,
  renderer,
  tasks,
}: MetaJudgeOptions<T>): MetaJudge {
  const byId = new Map(tasks.map((task) => [task.id, task]))
  const verdicts = (id: string, judgment: string): Demonstration[] =>
    ['right', 'wrong'].map((text) => {
      const messages = metaPrompt(byId.get(id)!, judgment)
      return writtenDemonstration(renderer, { messages, text, role: 'judge' })
    })
  return {
    reviews: (judged) =>
      lessonsFrom(judged, (own) =>
        own.map(({ task, transcript, findings }) => {
          const [right, wrong] = verdicts(task, transcript[0].text)
          const [preferred, other] = findings!.right ? [right, wrong] : [wrong, right]
          return { ...preferred, preferred: preferred.response, other: other.response }
        }),
      ),
    async trustIn({ sets, score }) {
      const sessions = sets.flatMap(({ conditions }) => conditions.judged)
      const asked = sessions.flatMap(({ task, transcript }, index) =>
        verdicts(task, transcript[0]?.text ?? '').map((one) =>
          demonstrationSample(one, { task, step: 0, index }),
        ),
      )
      const scores = await score(asked, { prompt: 'trainedUnder' })
      const likely = scores.map(({ logprobs }) => logprobs.reduce((sum, one) => sum + one, 0))
      return new Map(sessions.map((session, i) => [session, likely[2 * i] - likely[2 * i + 1]]))
    },
  }
}
