import { IcrlError } from '@icrl/core'
import { heldOutSets, settingInWords, settingsOf } from '../run-settings.ts'
import type { Run } from '../run.ts'

/**
 * Runs that were evaluated on other held-out tasks than the first one, under the condition: their
 * accuracies are of something else. A run that does not tell its tasks counts as alike.
 *
 * @param condition such as `critique_free`, or of one set `math500/critique_free`
 */
export function evaluatedElsewhere(runs: readonly Run[], condition: string): Run[] {
  const told = runs.flatMap((run) => {
    const tasks = tasksOf(run, condition)
    return tasks === undefined ? [] : [{ run, tasks }]
  })
  return told.filter(({ tasks }) => tasks !== told[0].tasks).map(({ run }) => run)
}

/**
 * Refuses runs that were evaluated on different held-out tasks.
 *
 * @throws `run-conflict` naming them, with the number and checksum of their tasks
 */
export function checkHeldOut(runs: readonly Run[], condition: string): void {
  if (evaluatedElsewhere(runs, condition).length === 0) return
  const lines = runs.flatMap((run) => {
    const tasks = tasksOf(run, condition)
    return tasks === undefined ? [] : [`  ${run.directory}: ${tasks}`]
  })
  throw new IcrlError(
    `compare: the runs were evaluated on different held-out tasks.\n${lines.join('\n')}\n`,
    {
      code: 'run-conflict',
      remedy:
        'Compare runs of the same held-out tasks, or the set that they share (--condition SET/CONDITION).',
    },
  )
}

function tasksOf(run: Run, condition: string): string | undefined {
  const wanted = condition.includes('/') ? condition.slice(0, condition.indexOf('/')) : undefined
  const sets = [...heldOutSets(run)]
    .filter(([name]) => wanted === undefined || name === wanted)
    .sort(([a], [b]) => (a < b ? -1 : 1))
  if (sets.length === 0) return undefined
  return sets
    .map(
      ([name, { count, sha256 }]) =>
        `${name === '' ? '' : `${name}: `}${count} tasks, sha256 ${sha256.slice(0, 12)}…`,
    )
    .join('; ')
}

/** Settings in which methods differ though a comparison at equal tokens leaves them open. */
const NAMED = (name: string): boolean => name === 'model' || name.startsWith('learning rate')

/** Where methods were trained from other models, or at other rates: a line for each such setting. */
export function unlikeSettings(
  methods: readonly { readonly name: string; readonly runs: readonly Run[] }[],
): string[] {
  const known = methods.map(({ name, runs }) => ({ name, settings: settingsOf(runs[0]) }))
  const names = new Set(known.flatMap(({ settings }) => [...settings.keys()].filter(NAMED)))
  return [...names].flatMap((setting) => {
    const having = known.filter(({ settings }) => settings.has(setting))
    if (new Set(having.map(({ settings }) => settings.get(setting))).size < 2) return []
    const each = having.map(
      ({ name, settings }) => `${name} ${settingInWords(setting, settings.get(setting))}`,
    )
    return [`Not alike: ${each.join('; ')}.`]
  })
}
