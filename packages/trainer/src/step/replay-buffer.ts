import { compareSamples, type Recipe, type Sample, type Task } from '@icrl/core'
import { recipeAt, recipesOf } from './recipe-at.ts'

/** Trained samples of the last steps, for a recipe that replays them. */
export interface ReplayBuffer {
  /** Steps that a run which goes on at `step` must fill the buffer with again. */
  needed(step: number): readonly number[]
  /** The samples that join a step: the newest step's first, in key order within it. */
  at(step: number): readonly Sample[]
  /** Takes in what a step made; samples that are too old for later steps are forgotten. */
  add(step: number, samples: readonly Sample[]): void
}

/** A buffer for this recipe; it stays empty if the recipe replays nothing. */
export function replayBuffer<T extends Task>(recipe: Recipe<T>): ReplayBuffer {
  const longest = Math.max(0, ...recipesOf(recipe).map(({ replay }) => replay?.steps ?? 0))
  const kept = new Map<number, readonly Sample[]>()
  return {
    needed: (step) =>
      Array.from({ length: Math.min(step, longest) }, (_, i) => step - Math.min(step, longest) + i),
    at(step) {
      const rule = recipeAt(recipe, step).replay
      if (!rule) return []
      return [...kept.keys()]
        .filter((from) => from < step && from >= step - rule.steps)
        .sort((a, b) => b - a)
        .flatMap((from) => kept.get(from)!.filter(rule.keep))
        .slice(0, rule.most)
    },
    add(step, samples) {
      if (longest === 0) return
      kept.set(step, samples.filter(isTrained).sort(compareSamples))
      for (const from of kept.keys()) if (from <= step - longest) kept.delete(from)
    },
  }
}

/** Only a training pass leaves log-probabilities with a sample. */
function isTrained({ trainLogprobs }: Sample): boolean {
  return trainLogprobs !== undefined
}
