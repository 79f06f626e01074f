import { resolve, sep } from 'node:path'
import { IcrlError } from '@icrl/core'
import { settingInWords, settingsOf } from './run-settings.ts'
import type { Run } from './run.ts'

/**
 * Renames runs so that label and seed tell them apart. Runs of one label are a method's seeds, if
 * they have the same model, learning rate and options; others are named by what differs. If two of
 * one name have the same seed they are variants, too, and all runs of that name are called after
 * their folders, by the shortest ends of their paths that differ.
 *
 * @throws `invalid-option` for a folder given twice.
 * @example
 * const runs = distinctLabels([await readRun('runs/slow'), await readRun('runs/fast')])
 * console.log(runs.map(({ label }) => label)) // slow, fast, where both are ICRL with seed 0
 */
export function distinctLabels(given: readonly Run[]): Run[] {
  const twice = given.find(
    ({ directory }, i) =>
      given.findIndex((other) => resolve(other.directory) === resolve(directory)) !== i,
  )
  if (twice)
    throw new IcrlError(`${twice.directory} is given twice.`, {
      code: 'invalid-option',
      remedy: 'Name each run once.',
    })
  const runs = given.map((run) => namedBySettings(run, given))
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

/** With the settings in which runs of its label differ, where it knows its own and others theirs. */
function namedBySettings(run: Run, runs: readonly Run[]): Run {
  const settings = settingsOf(run)
  if (settings.size === 0) return run
  const others = runs
    .filter(({ label }) => label === run.label)
    .map(settingsOf)
    .filter(({ size }) => size > 0)
  const names = new Set(others.flatMap((other) => [...other.keys()]))
  const differing = [...names].filter((name) =>
    others.some((other) => other.get(name) !== settings.get(name)),
  )
  if (differing.length === 0) return run
  const words = differing.map((name) => settingInWords(name, settings.get(name)))
  return { ...run, label: `${run.label} (${words.join(', ')})` }
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
