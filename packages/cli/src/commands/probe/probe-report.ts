import type { Sample } from '@icrl/core'
import type { StepEvent } from '@icrl/trainer'
import type { BuiltRun } from '../../config/build-run.ts'
import { bytesInWords } from '../../config/disk-use.ts'
import { countInWords, durationInWords } from '../../progress/words.ts'
import type { FirstAttempts, Probe } from './measure-probe.ts'

/** A probe in words: the figures, one prompt a role, and what they say about the run. */
export function probeReport({ options, tokenizer }: BuiltRun, probe: Probe): string {
  const { greedy, sampled, tries, second, failures, step } = probe
  return [
    `${options.recipe.name}: the first ${greedy.attempts} of ${options.tasks.length} tasks, before any training`,
    `  greedy     ${percent(greedy.once)} succeed`,
    `  sampled    ${percent(sampled.once)} succeed; of ${tries} tries ${percent(sampled.any)} of the tasks at least once`,
    `  groups     ${percent(sampled.mixed)} of ${tries} tries differ in reward; only these teach anything`,
    ...second.map(
      ({ condition, attempts, success }) =>
        `  ${condition}: ${percent(success)} of ${attempts} second attempts after a failure succeed`,
    ),
    ...failures.map(({ sessions, reason }) => `  ${sessions} sessions failed: ${reason}`),
    '',
    ...stepLines(step),
    '',
    ...promptsOf(step.samples).flatMap(({ role, prompt, response }) => [
      `${role}, a prompt of ${prompt.length} tokens and an answer of ${response.length}:`,
      indented(`${tokenizer.spell(prompt)}⟶${tokenizer.spell(response)}`),
      '',
    ]),
    ...verdict(probe),
  ].join('\n')
}

function stepLines({ metrics, timing, sessions }: StepEvent): string[] {
  const seconds = (name: string): string => durationInWords(timing[`perf/phase/${name}`] ?? 0)
  const peak = timing['memory/peak_tensor_bytes']
  return [
    `one step: ${sessions.length} sessions, ${countInWords(metrics['ledger/generated'])} tokens sampled, ${countInWords(metrics['ledger/trained'])} trained`,
    `  ${durationInWords(timing['perf/step_seconds'])}: sampling ${seconds('sample')}, scoring ${seconds('score')}, training ${seconds('train')}${peak === undefined ? '' : `; at most ${bytesInWords(peak)} of tensors at once`}`,
  ]
}

/** The first sample of each role. */
function promptsOf(
  samples: readonly Sample[],
): { readonly role: string; readonly prompt: Int32Array; readonly response: Int32Array }[] {
  const first = new Map<string, Sample>()
  for (const sample of samples)
    if (!first.has(sample.keys.role)) first.set(sample.keys.role, sample)
  return [...first].map(([role, { sampledUnder, response }]) => ({
    role,
    prompt: sampledUnder,
    response,
  }))
}

function verdict({ greedy, sampled, tries, second }: Probe): string[] {
  const helps = second.find(({ condition }) => condition === 'with_critique')
  const plain = second.find(({ condition }) => condition === 'plain_retry')
  return [
    ...groupVerdict(greedy, sampled, tries),
    ...(helps && plain && helps.success <= plain.success
      ? [
          `→ A critique helps no more than a plain retry (${percent(helps.success)} and ${percent(plain.success)}): read the critic’s answer above. A small model follows one shown exchange where it does not follow advice in words.`,
        ]
      : []),
  ]
}

function groupVerdict(greedy: FirstAttempts, sampled: FirstAttempts, tries: number): string[] {
  if (sampled.mixed >= 0.1)
    return [
      `→ There is something to learn from: ${percent(sampled.mixed)} of the groups are mixed.`,
    ]
  if (sampled.once > 0.5)
    return ['→ Nearly all attempts succeed: take harder tasks, or there is nothing to learn.']
  const gap = greedy.once > sampled.once + 0.1 ? ', or a lower temperature' : ''
  return [
    `→ Hardly any group of ${tries} holds both a success and a failure: the run would learn next to nothing. Show the form of an answer in the prompt, take easier tasks, more sessions a task${gap}.`,
  ]
}

function percent(share: number): string {
  return `${Math.round(100 * share)}%`
}

function indented(text: string): string {
  return text
    .trimEnd()
    .split('\n')
    .map((line) => `  │ ${line}`)
    .join('\n')
}
