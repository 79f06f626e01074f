import { resolve, sep } from 'node:path'
import { IcrlError } from '@icrl/core'
import type { Run } from './run.ts'

/**
 * Renames runs so that label and seed tell them apart. Runs of one label are a method's seeds. If
 * two of them have the same seed they are variants instead, and all runs of that label are named
 * after their folders, by the shortest ends of their paths that differ.
 *
 * @throws `invalid-option` for a folder given twice.
 * @example
 * const runs = distinctLabels([await readRun('runs/slow'), await readRun('runs/fast')])
 * console.log(runs.map(({ label }) => label)) // slow, fast, where both are ICRL with seed 0
 */
export function distinctLabels(runs: readonly Run[]): Run[] {
  const twice = runs.find(
    ({ directory }, i) =>
      runs.findIndex((other) => resolve(other.directory) === resolve(directory)) !== i,
  )
  if (twice)
    throw new IcrlError(`${twice.directory} is given twice.`, {
      code: 'invalid-option',
      remedy: 'Name each run once.',
    })
  const clashing = new Set(
    runs
      .filter(
        ({ label, seed }, i) =>
          runs.findIndex((other) => other.label === label && other.seed === seed) !== i,
      )
      .map(({ label }) => label),
  )
  return runs.map((run) =>
    clashing.has(run.label)
      ? {
          ...run,
          label: shortestName(
            run,
            runs.filter(({ label }) => label === run.label),
          ),
        }
      : run,
  )
}

function shortestName({ directory }: Run, others: readonly Run[]): string {
  const parts = resolve(directory).split(sep)
  const end = (path: readonly string[], length: number): string => path.slice(-length).join('/')
  for (let length = 1; length < parts.length; length++) {
    const name = end(parts, length)
    if (
      others.filter((other) => end(resolve(other.directory).split(sep), length) === name).length ===
      1
    )
      return name
  }
  return resolve(directory)
}
