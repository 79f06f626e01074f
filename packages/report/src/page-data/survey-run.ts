import { isRebound, isSuccess } from '@icrl/core'
import { readSamples, type StoredSample } from '../read-samples.ts'
import type { Run } from '../run.ts'
import { countMuted, type MutedToken } from '../statistics/muted-tokens.ts'
import { rounded } from './columns.ts'
import type { GroupColumns, SurveyColumns } from './report-data.ts'

/** A session without its tokens: enough to choose from. */
export interface SessionEntry {
  readonly step: number
  readonly task: string
  readonly session: number
  /** Rewards of the solver's attempts, first to last. */
  readonly rewards: readonly number[]
  readonly hasCritique: boolean
}

export interface RunSurvey {
  readonly sessions: readonly SessionEntry[]
  readonly columns: SurveyColumns
  /** Of all stored steps together. */
  readonly muted: readonly MutedToken[]
}

/**
 * Reads every stored sample once, step by step: weights and groups of each step, a list of all
 * sessions in order, and the tokens that w_t mutes.
 */
export async function surveyRun(run: Run): Promise<RunSurvey> {
  const sessions: SessionEntry[] = []
  const steps: StepSurvey[] = []
  const muted = countMuted()
  for (const step of run.sampleSteps) {
    const survey = startStep()
    const seen = new Map<string, SessionEntry & { rewards: number[]; hasCritique: boolean }>()
    for await (const sample of readSamples(run.directory, step)) {
      const { task, session, role } = sample.keys
      const key = `${session}/${task}`
      const entry = seen.get(key) ?? { step, task, session, rewards: [], hasCritique: false }
      seen.set(key, entry)
      if (role === 'critic') entry.hasCritique = true
      else entry.rewards.push(sample.reward)
      survey.add(sample)
      muted.add(sample)
    }
    for (const entry of seen.values()) sessions.push(entry)
    steps.push(survey.done())
  }
  return { sessions, columns: columnsOf(run.sampleSteps, steps), muted: muted.tokens() }
}

interface StepSurvey {
  /** `[10%, 50%, 90%]` */
  readonly weights?: readonly number[]
  readonly groups: Readonly<
    Record<string, { failed: number; mixed: number; solved: number; spread: number }>
  >
}

function startStep(): { add(sample: StoredSample): void; done(): StepSurvey } {
  const weights: number[] = []
  const rewards = new Map<string, Map<string, StoredSample[]>>()
  return {
    add(sample) {
      const { keys, mask } = sample
      const groups = rewards.get(keys.role) ?? new Map<string, StoredSample[]>()
      rewards.set(keys.role, groups.set(keys.task, [...(groups.get(keys.task) ?? []), sample]))
      if (sample.weights && isRebound(sample))
        for (let t = 0; t < mask.length; t++) if (mask[t]) weights.push(sample.weights[t])
    },
    done: () => ({
      ...(weights.length > 0 && { weights: percentiles(weights, [0.1, 0.5, 0.9]) }),
      groups: Object.fromEntries(
        [...rewards].map(([role, groups]) => [role, countGroups([...groups.values()])]),
      ),
    }),
  }
}

type Judged = Pick<StoredSample, 'reward' | 'success'>

function countGroups(groups: readonly (readonly Judged[])[]): {
  failed: number
  mixed: number
  solved: number
  spread: number
} {
  const hasZeroVariance = (group: readonly Judged[]): boolean =>
    group.every(({ reward }) => reward === group[0].reward)
  const solved = groups.filter((group) => hasZeroVariance(group) && group.every(isSuccess)).length
  const mixed = groups.filter((group) => !hasZeroVariance(group)).length
  const deviations = groups.map((group) => deviation(group.map(({ reward }) => reward)))
  const spread = deviations.reduce((sum, value) => sum + value, 0) / groups.length
  return { failed: groups.length - solved - mixed, mixed, solved, spread }
}

function deviation(values: readonly number[]): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length
  return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length)
}

/** The values at index ⌊share · n⌋ of the sorted ones. */
function percentiles(values: readonly number[], shares: readonly number[]): number[] {
  const sorted = Float64Array.from(values).sort()
  return shares.map(
    (share) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))],
  )
}

function columnsOf(numbers: readonly number[], steps: readonly StepSurvey[]): SurveyColumns {
  const weight = (i: number): (number | null)[] =>
    steps.map(({ weights }) => (weights ? rounded(weights[i]) : null))
  const roles = [...new Set(steps.flatMap(({ groups }) => Object.keys(groups)))].sort(
    (a, b) => Number(b === 'solver') - Number(a === 'solver') || (a < b ? -1 : 1),
  )
  const groups = (role: string): GroupColumns => ({
    failed: steps.map(({ groups: of }) => of[role]?.failed ?? 0),
    mixed: steps.map(({ groups: of }) => of[role]?.mixed ?? 0),
    solved: steps.map(({ groups: of }) => of[role]?.solved ?? 0),
    spread: steps.map(({ groups: of }) => (of[role] ? rounded(of[role].spread) : null)),
  })
  return {
    step: numbers,
    weight10: weight(0),
    weight50: weight(1),
    weight90: weight(2),
    groups: Object.fromEntries(roles.map((role) => [role, groups(role)])),
  }
}
