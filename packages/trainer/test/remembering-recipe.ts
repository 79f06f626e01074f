import type { EvaluationFigures, Json, Recipe, StepFigures } from '@icrl/core'
import type { DialTask } from './dial-task.ts'

type Kept = Readonly<Record<string, Json>>

/**
 * The recipe, which also remembers its steps, its evaluations and how often each task was seen, and
 * gives figures of them. `mine/order` depends on the order of the keys that it remembered.
 */
export function remembering(recipe: Recipe<DialTask>): Recipe<DialTask> {
  const kept = ({ memory }: StepFigures | EvaluationFigures): Kept => (memory?.get() ?? {}) as Kept
  return {
    ...recipe,
    metrics(figures) {
      const own = recipe.metrics?.(figures) ?? {}
      const { steps = 0, tasks = {}, ...rest } = kept(figures)
      const counts: Record<string, number> = { ...(tasks as Record<string, number>) }
      const order = Object.keys(counts).reduce((sum, task, i) => sum + i * counts[task], 0)
      for (const { task } of figures.sessions) counts[task] = (counts[task] ?? 0) + 1
      const step = Number(steps) + 1
      figures.memory.set({ ...rest, steps: step, tasks: counts })
      return { ...own, 'mine/steps': step, 'mine/order': order, 'mine/nothing': undefined }
    },
    async onEvaluate(figures) {
      const own = (await recipe.onEvaluate?.(figures)) ?? {}
      const evaluations = Number(kept(figures).evaluations ?? 0) + 1
      figures.memory?.set({ ...kept(figures), evaluations })
      return { ...own, 'mine/evaluations': evaluations }
    },
  }
}
