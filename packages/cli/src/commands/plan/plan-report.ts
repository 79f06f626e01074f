import type { MemoryPlan } from '@icrl/backbone'
import { evaluationSets } from '@icrl/trainer'
import type { DescribedRun } from '../../config/build-run.ts'
import { bytesInWords } from '../../config/disk-use.ts'
import { countInWords, durationInWords } from '../../progress/words.ts'
import type { MeasuredRun } from './measured-run.ts'
import type { DeviceRates } from './measure-rates.ts'
import type { RunPlan } from './plan-run.ts'

/** Memory of the devices that a plan is held against, in GB. */
const DEVICES = [8, 16, 24, 48, 80, 141] as const

/** A plan, what this device was found to do, and what a run of the plan took. */
export interface PlanFindings {
  readonly plan: RunPlan
  readonly rates?: DeviceRates
  readonly measured?: MeasuredRun
}

/** A plan in words. */
export function planReport(
  described: DescribedRun,
  { plan, rates, measured }: PlanFindings,
): string {
  const { recipe, tasks, evaluation, engine } = described
  const heldOut = evaluation ? evaluationSets(evaluation) : []
  return [
    `${recipe.name} on ${tasks.length} tasks${heldOut.length > 0 ? `, held out ${heldOut.map(({ name, tasks: own }) => `${name === undefined ? '' : `${name} `}${own.length}`).join(', ')}` : ''}; model ${engine.name}`,
    ...stepLines(plan),
    ...timeLines(plan, rates),
    '',
    ...(plan.memory
      ? memoryLines(plan.memory)
      : ['The configuration makes its own engine, whose memory is not known here.']),
    '',
    ...(measured ? [...measuredLines(plan, rates, measured), ''] : []),
    'Resolved configuration:',
    indented(resolved(described)),
    '',
    ...[...plan.prompts].flatMap(([role, prompt]) => [
      `${role}, a prompt of ${prompt.length} tokens${role === 'critic' ? ' (of an empty attempt)' : ''}:`,
      indented(engine.tokenizer.spell(prompt)),
      '',
    ]),
  ].join('\n')
}

function stepLines({ roles, sessions, sampled, rows }: RunPlan): string[] {
  return [
    ...(sessions === undefined || sampled === undefined || rows === undefined
      ? ['One step: the recipe does not say how many sessions it has.']
      : [
          `One step, at most: ${sessions} sessions, ${countInWords(sampled)} tokens sampled, ${countInWords(rows)} rows trained`,
        ]),
    ...roles.map(
      ({ role, prompt, answer, answers }) =>
        `  ${role}: ${answers} answers of at most ${answer} tokens, prompts of about ${prompt}`,
    ),
  ]
}

function memoryLines(memory: MemoryPlan): string[] {
  const line = (name: string, bytes: number): string =>
    `  ${name.padEnd(28)} ${bytesInWords(bytes).padStart(9)}`
  const room = DEVICES.filter((size) => memory.peak + DRIVER <= size * 1e9)
  return [
    `Memory of tensors: ${bytesInWords(memory.peak)} at most (${countInWords(memory.parameters)} parameters, ${countInWords(memory.learning)} learn)`,
    `Resident memory of the process: about ${bytesInWords(residentOf(memory))}`,
    line('weights', memory.weights),
    ...(memory.snapshots > 0 ? [line('snapshots, sampling ahead', memory.snapshots)] : []),
    line('moments', memory.moments),
    line('gradients, training', memory.gradients),
    line('activations, training', memory.activations),
    line('keys and values, sampling', memory.cache),
    line('laid-out weights, sampling', memory.panels),
    room.length === 0
      ? `Fits no device of up to ${DEVICES[DEVICES.length - 1]} GB. An adapter (engine.adapter), bf16 weights under it, keep: 'inputs' or smaller packs need less.`
      : `Fits a device of ${room[0]} GB.`,
  ]
}

/** What a device needs beside the tensors. */
const DRIVER = 0.5e9

/** What Node, this program and a tokenizer take: the quickstart's runs have 0.55 GB beside 0.02 GB of tensors. */
const PROCESS = 0.55e9

function residentOf({ peak }: MemoryPlan): number {
  return peak + PROCESS
}

/** Seconds of a step of this plan at most. */
function secondsOf({ sampled, rows }: RunPlan, rates: DeviceRates | undefined): number | undefined {
  if (!rates || sampled === undefined || rows === undefined) return undefined
  return sampled / rates.sampled + rows / rates.trained
}

function timeLines(plan: RunPlan, rates: DeviceRates | undefined): string[] {
  const seconds = secondsOf(plan, rates)
  if (!rates || seconds === undefined) return []
  return [
    `One step on this device: about ${durationInWords(seconds)} at most, at ${countInWords(rates.sampled)} tokens sampled and ${countInWords(rates.trained)} rows trained per second (by one block of random weights; attention to long contexts left out)`,
  ]
}

/** The plan against a run, figure by figure. */
function measuredLines(
  plan: RunPlan,
  rates: DeviceRates | undefined,
  { steps, tensors, resident, sampled, mostSampled, seconds }: MeasuredRun,
): string[] {
  const { memory } = plan
  const row = (
    name: string,
    planned: number | undefined,
    found: number | undefined,
    words: (value: number) => string,
  ): string[] => {
    if (planned === undefined || found === undefined) return []
    const off = Math.round(100 * (planned / found - 1))
    return [
      `  ${name.padEnd(28)} ${words(planned).padStart(9)} ${words(found).padStart(9)}   ${off > 0 ? '+' : ''}${off}%`,
    ]
  }
  return [
    `Of ${steps} steps:                    planned  measured`,
    ...row('tensors, at most', memory?.peak, tensors, bytesInWords),
    ...row('resident memory, at most', memory && residentOf(memory), resident, bytesInWords),
    ...row('tokens sampled, most', plan.sampled, mostSampled, countInWords),
    ...row('tokens sampled, on average', plan.sampled, sampled, countInWords),
    ...row('a step, on average', secondsOf(plan, rates), seconds, durationInWords),
  ]
}

function resolved({ config, recipe }: DescribedRun): string {
  const { recipe: _, tasks: __, evaluation: ___, model: ____, ...plain } = config
  const shown = { method: recipe.name, options: recipe.options, ...plain }
  return JSON.stringify(shown, (_key, value) => (typeof value === 'function' ? '…' : value), 2)
}

function indented(text: string): string {
  return text
    .trimEnd()
    .split('\n')
    .map((line) => `  │ ${line}`)
    .join('\n')
}
