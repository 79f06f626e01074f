import { encodeSample, type RoleBinding, type Sample, type Task } from '@icrl/core'

/** What a step's samples belong to. */
export interface SamplesOf {
  /** The renderers that sampled ids are read with. */
  readonly roles: Readonly<Record<string, RoleBinding>>
  /** What was attempted. */
  readonly tasks: readonly Task[]
}

/**
 * Samples as `encodeSample` writes them, with the texts a person reads: prompts, response, and the
 * reference answer where the task has one. A line each, newline included.
 */
export function sampleLines(samples: readonly Sample[], { roles, tasks }: SamplesOf): string[] {
  const asked = new Set(samples.map(({ keys }) => keys.task))
  const answers = new Map(tasks.flatMap((task) => (asked.has(task.id) ? answerOf(task) : [])))
  return samples.map((sample) => {
    const { role, task } = sample.keys
    const renderer = roles[role]?.renderer
    const answer = answers.get(task)
    const texts = renderer && {
      sampledUnder: renderer.text(sample.sampledUnder),
      ...(sample.trainedUnder !== sample.sampledUnder && {
        trainedUnder: renderer.text(sample.trainedUnder),
      }),
      response: renderer.text(sample.response),
      ...(answer !== undefined && { answer }),
    }
    return `${encodeSample(texts ? ({ ...sample, texts } as Sample) : sample)}\n`
  })
}

function answerOf(task: Task): [id: string, answer: string][] {
  const answer = 'answer' in task ? task.answer : task.reference
  return typeof answer === 'string' ? [[task.id, answer]] : []
}
