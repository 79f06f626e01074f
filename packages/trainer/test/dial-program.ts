import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { solveOnce } from '@icrl/rollout'
import type { Lab, LabTrainOptions, ProgramOptions } from '../src/index.ts'
import { dialIcrl } from './dial-recipes.ts'
import { attempt, dialPolicy, dialRoles, dialTasks, guided, type DialTask } from './dial-task.ts'
import { dialKl } from './scheduled-run.ts'

/** The dial task's untaught policy, and how its roles speak. */
export function dialProgram(
  directory: string,
  options: Partial<ProgramOptions> = {},
): ProgramOptions {
  return {
    directory,
    policies: { model: dialPolicy() },
    roles: dialRoles(),
    seed: 0,
    ...options,
  }
}

/** A small training step; every option can be replaced. */
export function dialStage(
  options: Partial<LabTrainOptions<DialTask>> = {},
): LabTrainOptions<DialTask> {
  return {
    recipe: dialIcrl({ queries: 2, sessions: 3 }),
    tasks: dialTasks('train'),
    stop: { steps: 2 },
    optimizer: { learningRate: 0.05, clipNorm: 1 },
    checkpoints: { every: 1 },
    ...options,
  }
}

/** Every kind of step, two stages with a reference of the first, and a way back. */
export async function everyStep(lab: Lab): Promise<void> {
  const answers = await lab.gather('answers', {
    protocol: solveOnce(attempt),
    tasks: dialTasks('train').slice(0, 4),
    sessions: 2,
  })
  const failed = new Set(
    answers.filter(({ outcomes }) => !outcomes.at(-1)?.success).map(({ task }) => task),
  )
  const tasks = dialTasks('train').filter(({ id }) => failed.has(id))
  const start = await lab.keep('start')
  await lab.train('stage I', dialStage({ tasks }))
  const kept = await lab.keep('after stage I')
  const reference = await lab.frozen(kept)
  const { recipe } = dialStage({ recipe: dialKl({ queries: 2, sessions: 3 }) })
  await lab.train('stage II', dialStage({ recipe, references: { model: reference } }))
  await lab.restore(kept)
  const first = await lab.frozen(start)
  await lab.train('stage II again', dialStage({ recipe, references: { model: first } }))
  const { 'eval/critique_free': accuracy } = await lab.measure('held out', {
    tasks: dialTasks('test').slice(0, 2),
    protocols: { critique_free: solveOnce(attempt), with_critique: guided },
  })
  await lab.train(
    `stage III of ${accuracy > 1 ? 'never' : 'all'}`,
    dialStage({ stop: { steps: 1 } }),
  )
}

/** Each kind of step once, as short as can be, and a second stage with a reference of the first. */
export async function shortProgram(lab: Lab): Promise<void> {
  const recipe = dialKl({ queries: 1, sessions: 2 })
  const stage = dialStage({ recipe, stop: { steps: 1 } })
  const tasks = dialTasks('train').slice(0, 1)
  await lab.gather('answers', { protocol: solveOnce(attempt), tasks })
  const start = await lab.keep('start')
  await lab.train('stage I', stage)
  await lab.train('stage II', { ...stage, references: { model: await lab.frozen(start) } })
  await lab.restore(start)
  await lab.measure('held out', { tasks, protocols: { plain: solveOnce(attempt) } })
}

/**
 * Every file of a program by its path, long ones as their checksum: those that hold seconds without
 * them, and without the state and manifest of checkpoints, which do. A pause writes a checkpoint of
 * its own: such programs are compared without any.
 */
export async function bytesOfProgram(
  directory: string,
  { checkpoints = true }: { readonly checkpoints?: boolean } = {},
): Promise<Record<string, string>> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true })
  const paths = entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => !path.includes('run.lock'))
    .filter((path) => checkpoints || !path.includes('/checkpoints/'))
    .filter((path) => !/timing\.jsonl$|checkpoints\/[^/]+\/(state|manifest)\.json$/.test(path))
    .sort()
  const files: Record<string, string> = {}
  for (const path of paths) {
    const text = (await readFile(path, 'utf8')).replaceAll(
      /"wall_seconds": [\d.]+/g,
      '"wall_seconds": 0',
    )
    files[path.slice(directory.length + 1)] =
      text.length < 10_000 ? text : createHash('sha256').update(text).digest('hex')
  }
  return files
}
