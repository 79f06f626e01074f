import type { MemoryPlan } from '@icrl/backbone'
import { evaluationSets } from '@icrl/trainer'
import type { DescribedRun } from '../../config/build-run.ts'
import { bytesInWords } from '../../config/disk-use.ts'
import { countInWords } from '../../progress/words.ts'
import type { RunPlan } from './plan-run.ts'

/** Memory of the devices that a plan is held against, in GB. */
const DEVICES = [8, 16, 24, 48, 80, 141] as const

/** A plan in words. */
export function planReport(described: DescribedRun, plan: RunPlan): string {
  const { recipe, tasks, evaluation, engine } = described
  const heldOut = evaluation ? evaluationSets(evaluation) : []
  return [
    `${recipe.name} on ${tasks.length} tasks${heldOut.length > 0 ? `, held out ${heldOut.map(({ name, tasks: own }) => `${name === undefined ? '' : `${name} `}${own.length}`).join(', ')}` : ''}; model ${engine.name}`,
    ...stepLines(plan),
    '',
    ...(plan.memory
      ? memoryLines(plan.memory)
      : ['The configuration makes its own engine, whose memory is not known here.']),
    '',
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
  const room = DEVICES.filter((size) => memory.peak + WORKSPACE <= size * 1e9)
  return [
    `Memory of tensors: ${bytesInWords(memory.peak)} at most (${countInWords(memory.parameters)} parameters, ${countInWords(memory.learning)} learn)`,
    line('weights', memory.weights),
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

/** What a process needs beside its tensors. */
const WORKSPACE = 0.5e9

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
