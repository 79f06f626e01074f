import type { Sample, SessionResult, Task } from '@icrl/core'
import { majority } from '@icrl/critic'
import { judgeResponses, ranksBest, type JudgeResponsesOptions } from '@icrl/recipes'
import type { Lab, Metrics } from '@icrl/trainer'
import { learnPairs, lessonsFrom, type LessonOptions } from './lessons.ts'
import { preferencePairs } from './preference-pairs.ts'

/**
 * How far a judgment's scores are from what they should be: 0 may be preferred.
 *
 * @param all the scores of all judgments of the item that can be read
 */
export type DistanceOf<T extends Task> = (
  scores: readonly number[],
  task: T,
  all: readonly (readonly number[])[],
) => number

/** Options of {@link selfRationalization}. */
export interface SelfRationalizationOptions<T extends Task>
  extends JudgeResponsesOptions<T>, LessonOptions<T> {
  /** N, judgments of each item. @defaultValue 8 */
  readonly samples?: number
  /** Rounds of judging and learning. @defaultValue 2 */
  readonly rounds?: number
  /**
   * How far a judgment is off; `distanceFromMajority` reads no label.
   *
   * @defaultValue the distance from the label, in scores
   */
  readonly distanceOf?: DistanceOf<T>
  /** Least distance of a judgment that another is preferred to. @defaultValue any above 0 */
  readonly margin?: number
  /** β of DPO. @defaultValue 0.1 */
  readonly beta?: number
  /** What is measured at the end. @defaultValue nothing is */
  readonly heldOut?: readonly T[]
}

/**
 * Self-rationalization of a judge (Trivedi et al. 2024, arXiv 2410.05495): N times for each item it
 * writes a rationale and then scores. Of two judgments of one prompt, one whose scores are right is
 * preferred to one that is off by a margin. The judge learns these preferences by DPO, with itself
 * at the start of the round as the reference; there are two rounds `[paper]`. N and the margin are
 * ours `[ours]`; a meta-judge in place of the label is a `distanceOf` of your own.
 *
 * @returns a script for `program`, whose result has `eval/judged`, the accuracy on `heldOut`
 * @example
 * import { selfRationalization, type SelfRationalizationOptions } from '@icrl/methods'
 * import { program, type ProgramOptions } from '@icrl/trainer'
 * import type { Task } from '@icrl/core'
 * declare const options: SelfRationalizationOptions<Task>, model: ProgramOptions
 * await program(model, async (lab) => {
 *   console.log(await selfRationalization(options)(lab))
 * })
 */
export function selfRationalization<T extends Task>({
  samples = 8,
  rounds = 2,
  distanceOf,
  margin,
  beta,
  heldOut,
  responsesOf,
  labelOf,
  judgePrompt,
  parseScores,
  ...lessons
}: SelfRationalizationOptions<T>): (lab: Lab) => Promise<Metrics | undefined> {
  const { tasks } = lessons
  const protocol = judgeResponses({ responsesOf, labelOf, judgePrompt, parseScores })
  const byId = new Map(tasks.map((task) => [task.id, task]))
  const distance = distanceOf ?? ((scores, task) => distanceFromLabel(scores, labelOf(task)))
  const pairsOf = (own: readonly SessionResult[]) => {
    const all = own.flatMap(({ findings }) => {
      const scores = scoresOf(findings)
      return scores ? [scores] : []
    })
    const distances = new Map<Sample, number>()
    for (const { task, findings, samples: made } of own) {
      const scores = scoresOf(findings)
      for (const sample of made)
        distances.set(sample, scores ? distance(scores, byId.get(task)!, all) : Infinity)
    }
    return preferencePairs([...distances.keys()], {
      valueOf: (sample) => -distances.get(sample)!,
      canBePreferred: (sample) => distances.get(sample) === 0,
      margin,
    })
  }
  return async (lab) => {
    for (let round = 1; round <= rounds; round++) {
      const gathered = { protocol, tasks, sessions: samples }
      const judged = await lab.gather(`judgments ${round}`, gathered)
      await learnPairs(lab, `preferences ${round}`, lessonsFrom(judged, pairsOf), {
        ...lessons,
        beta,
      })
    }
    return heldOut && lab.measure('held out', { tasks: heldOut, protocols: { judged: protocol } })
  }
}

function scoresOf(findings: SessionResult['findings']): readonly number[] | undefined {
  return (findings?.scores ?? undefined) as readonly number[] | undefined
}

/**
 * How far scores are from the label: of one response, the difference; of several, by how much the
 * best one is outscored, for a tie the smallest number above 0.
 *
 * @example
 * import { distanceFromLabel } from '@icrl/methods'
 * distanceFromLabel([3], 5) // 2
 * distanceFromLabel([7, 4], 1) // 3
 */
export function distanceFromLabel(scores: readonly number[], label: number): number {
  if (ranksBest(scores, label)) return 0
  if (scores.length === 1) return Math.abs(scores[0] - label)
  const others = scores.filter((_, i) => i !== label)
  return Math.max(Number.MIN_VALUE, Math.max(...others) - scores[label])
}

/**
 * How far scores are from those of most judgments, summed over the responses: a {@link DistanceOf}
 * that needs no label.
 *
 * @example
 * import { distanceFromMajority } from '@icrl/methods'
 * distanceFromMajority([7, 3], { id: 'q1' }, [[7, 3], [3, 7], [3, 7]]) // 8
 */
export function distanceFromMajority(
  scores: readonly number[],
  _task: Task,
  all: readonly (readonly number[])[],
): number {
  const voted = JSON.parse(majority(all.map((one) => JSON.stringify(one)))!) as number[]
  return scores.reduce((sum, score, i) => sum + Math.abs(score - voted[i]), 0)
}
