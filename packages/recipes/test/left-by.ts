import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { QuestionTask, Recipe } from '@icrl/core'
import type { TextFiles } from '@icrl/core/testing'
import type { TrainOptions } from '@icrl/trainer'
import { novice, opinions, trained } from './tiny-world.ts'

const files: TextFiles = {
  read: (path) => readFile(path, 'utf8'),
  write: (path, text) => writeFile(path, text),
}
/** In memory where that can be: what is tested is what files hold, not that a disk is flushed. */
const FOLDERS = existsSync('/dev/shm') ? '/dev/shm' : tmpdir()
const STEPS = 4

/**
 * The metrics, and what the policy thinks, after a run of four steps that died at the end of each of
 * the given ones, before anything of them was stored, and was resumed.
 */
export async function leftBy(
  recipe: Recipe<QuestionTask>,
  deaths: readonly number[],
  options: Pick<Partial<TrainOptions<QuestionTask>>, 'roles' | 'tasks'> = {},
): Promise<{ readonly metrics: string; readonly opinions: readonly number[] }> {
  const directory = await mkdtemp(join(FOLDERS, 'icrl-recipe-'))
  const run = async (resume: boolean, dies?: number): Promise<readonly number[]> => {
    const policy = novice({ skill: 2, files })
    await trained(recipe, {
      ...options,
      policy,
      directory,
      resume,
      stop: { steps: STEPS },
      checkpoints: { every: 1 },
      onStep: ({ step }) => {
        if (step === dies) throw new Error('died')
      },
    })
    return opinions(policy)
  }
  try {
    for (const [i, dies] of deaths.entries()) {
      const outcome = await run(i > 0, dies).catch((error: Error) => error.message)
      if (outcome !== 'died') throw new Error(`step ${dies}: ${String(outcome)}`)
    }
    return {
      opinions: await run(deaths.length > 0),
      metrics: await readFile(join(directory, 'metrics.jsonl'), 'utf8'),
    }
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}
