import type { Comparison, Estimate } from '@icrl/report'
import type { SeedsSummary } from './summarize-seeds.ts'

/** One line per arm: accuracies before, after and at best, and what they cost. */
export function summaryTable(methods: Readonly<Record<string, SeedsSummary>>): string {
  const percent = (value: number | undefined): string =>
    (value === undefined ? '–' : `${(100 * value).toFixed(1)}%`).padStart(8)
  const hasPlaces = Object.values(methods).some(({ place_guesses }) => place_guesses !== undefined)
  const rows = Object.entries(methods).map(
    ([
      name,
      { eval_initial, eval_final, eval_best, steps, tokens_sampled, wall_seconds, place_guesses },
    ]) =>
      [
        name.padEnd(16),
        percent(eval_initial),
        percent(eval_final),
        percent(eval_best),
        String(steps).padStart(7),
        String(tokens_sampled).padStart(9),
        `${wall_seconds.toFixed(0)} s`.padStart(7),
        ...(hasPlaces ? [percent(place_guesses)] : []),
      ].join(' '),
  )
  const head = `${'arm'.padEnd(16)}   before    after     best   steps    tokens    time`
  if (!hasPlaces) return [head, ...rows].join('\n')
  return [
    `${head}  guesses`,
    ...rows,
    'guesses: first attempts after training that take a place they have not looked for',
  ].join('\n')
}

/**
 * Each arm over its seeds and the difference of each two, with intervals, and how those were made.
 */
export function intervalTable({ horizon, methods, pairs, statement }: Comparison): string {
  const rows = [
    ...methods.map(({ method, atHorizon, area }) => [method, atHorizon, area] as const),
    ...pairs.map(
      ({ first, second, atHorizon, area }) => [`${first} − ${second}`, atHorizon, area] as const,
    ),
  ]
  const width = Math.max(...rows.map(([name]) => name.length))
  return [
    `${`at ${horizon} sampled tokens`.padEnd(width)}   accuracy                mean while learning`,
    ...rows.map(
      ([name, atHorizon, area]) =>
        `${name.padEnd(width)}   ${inWords(atHorizon).padEnd(22)}  ${inWords(area)}`,
    ),
    statement,
  ].join('\n')
}

function inWords({ value, low, high }: Estimate): string {
  const percent = (share: number): string => `${(100 * share).toFixed(1)}`
  return low === undefined || high === undefined
    ? `${percent(value)}%`
    : `${percent(value)}% [${percent(low)}, ${percent(high)}]`
}
