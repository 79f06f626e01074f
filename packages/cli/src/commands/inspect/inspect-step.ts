import { mutedTokens, type StoredSample, type Vocabulary } from '@icrl/report'
import { aligned } from './aligned.ts'

/**
 * Groups of a step: what a task's samples of one role were worth; and the tokens of successful
 * revisions that w_t holds back.
 */
export function inspectedStep(samples: readonly StoredSample[], vocabulary?: Vocabulary): string {
  const groups = new Map<string, StoredSample[]>()
  for (const sample of samples) {
    const key = JSON.stringify([sample.keys.task, sample.keys.role])
    groups.set(key, [...(groups.get(key) ?? []), sample])
  }
  const table = aligned([
    ['task', 'role', 'samples', 'mean', 'rewards'],
    ...[...groups.values()].map((group) => [
      group[0].keys.task,
      group[0].keys.role,
      String(group.length),
      (group.reduce((sum, { reward }) => sum + reward, 0) / group.length).toFixed(2),
      group.map(({ reward }) => shortNumber(reward)).join(' '),
    ]),
  ])
  const muted = mutedTokens(samples)
  if (muted.length === 0) return table
  return [
    table,
    '',
    'Tokens of successful revisions that keep less than a tenth of their gradient, by w_t:',
    aligned([
      ['id', 'text', 'times', 'mean weight'],
      ...muted.map(({ id, count, weight }) => [
        String(id),
        JSON.stringify(vocabulary?.(id) ?? ''),
        String(count),
        weight.toPrecision(2),
      ]),
    ]),
  ].join('\n')
}

/**
 * Sessions of one task, sample by sample, in the order in which they were said, after the task's
 * reference answer.
 */
export function inspectedTask(samples: readonly StoredSample[]): string {
  const inOrder = [...samples].sort(
    (a, b) => a.keys.session - b.keys.session || a.keys.round - b.keys.round || later(a) - later(b),
  )
  const answer = samples.find(({ texts }) => texts?.answer !== undefined)?.texts?.answer
  const known = answer === undefined ? [] : [`Reference answer:\n${indented(answer, '  ')}`]
  return [...known, ...inOrder.map(sampleText)].join('\n\n')
}

/** A critique comes after the attempt of its round. */
const later = ({ keys }: StoredSample): number => Number(keys.role === 'critic')

function sampleText({ id, reward, finish, texts, response, advantages }: StoredSample): string {
  const facts = [
    `reward ${shortNumber(reward)}`,
    ...(advantages ? [`advantage ${advantages[0].toFixed(2)}`] : ['not trained']),
    `${response.length} tokens`,
    ...(finish === 'length' ? ['cut off'] : []),
  ]
  return [
    `${id}   ${facts.join(', ')}`,
    ...(texts ? [indented(texts.sampledUnder, '  > '), indented(texts.response, '    ')] : []),
  ].join('\n')
}

export function indented(text: string, by: string): string {
  return text
    .split('\n')
    .map((line) => `${by}${line}`.trimEnd())
    .join('\n')
}

const shortNumber = (value: number): string => String(Math.round(value * 1000) / 1000)
