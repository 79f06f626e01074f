import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { isIcrlError } from '@icrl/core'
import { modelFolder } from 'icrl'
import { mathNeeds } from './math-data.ts'
import { describeMissing, missingOf, type Need } from './needs.ts'
import { prepareTinyModel } from './tiny.ts'
import { type WorldName, WORLDS } from './worlds.ts'

/** A folder of configurations for one model. */
export interface Experiment {
  /** Where its configurations lie. */
  readonly folder: string
  readonly kind: 'math' | 'agentic'
  /** Its model, as configurations name it. */
  readonly model: string
}

const TINY = fileURLToPath(new URL('../tiny', import.meta.url))

const USAGE = {
  math: 'icrl or grpo',
  agentic: 'alfworld/icrl, alfworld/grpo, and the same of webshop, searchqa and sciworld',
}

/** A short run makes its model and its world, but real problems of mathematics are read. */
const TINY_NEEDS: Readonly<Record<Experiment['kind'], () => readonly Need[]>> = {
  math: mathNeeds,
  agentic: () => [],
}

/**
 * Runs a configuration of an experiment, once everything it needs is there; returns the exit code.
 * What is missing is listed, with the commands that bring it.
 *
 * @param args the configuration's name, `--tiny`, `--check`, and flags of `icrl train`
 */
export async function runExperiment(
  { folder, kind, model }: Experiment,
  args: readonly string[],
): Promise<number> {
  const { tiny, check, model: given, name, passed } = argumentsIn(args)
  const config = join(tiny ? join(TINY, kind) : folder, `${name}.config.ts`)
  if (name === undefined || !existsSync(config)) {
    console.error(`Name a configuration: ${USAGE[kind]}.`)
    return 2
  }
  const missing = await missingOf(
    tiny ? TINY_NEEDS[kind]() : [modelNeed(given ?? model), ...dataNeeds(kind, name)],
  )
  if (missing.length > 0) {
    console.error(
      `${basename(folder)} ${name} needs what is not there:\n${describeMissing(missing)}`,
    )
    return 1
  }
  if (tiny) console.error(`The same pipeline on a small scale; model: ${await prepareTinyModel()}`)
  if (check) {
    console.error('Everything is there.')
    return 0
  }
  const out = join('runs', `${basename(folder)}-${name.replace('/', '-')}${tiny ? '-tiny' : ''}`)
  return icrl([
    'train',
    '--config',
    config,
    ...(passed.includes('--out') ? [] : ['--out', out]),
    ...passed,
  ])
}

interface Arguments {
  readonly name?: string
  readonly tiny: boolean
  readonly check: boolean
  readonly model?: string
  /** What `icrl train` is told. */
  readonly passed: readonly string[]
}

function argumentsIn(args: readonly string[]): Arguments {
  const { values, tokens } = parseArgs({
    args: [...args],
    options: {
      tiny: { type: 'boolean', default: false },
      check: { type: 'boolean', default: false },
      model: { type: 'string' },
    },
    strict: false,
    allowPositionals: true,
    tokens: true,
  })
  const own = tokens.filter(
    (token) => token.kind === 'option' && (token.name === 'tiny' || token.name === 'check'),
  )
  const [first] = args
  const name = first?.startsWith('-') ? undefined : first
  const skipped = new Set([...(name === undefined ? [] : [0]), ...own.map(({ index }) => index)])
  return {
    name,
    tiny: values.tiny === true,
    check: values.check === true,
    model: typeof values.model === 'string' ? values.model : undefined,
    passed: args.filter((_, i) => !skipped.has(i)),
  }
}

/** The weights: a folder, or a model of the hub in its cache. */
function modelNeed(model: string): Need {
  return {
    what: `the model ${model}`,
    isThere: async () => {
      try {
        return existsSync(join(await modelFolder(model, '.'), 'config.json'))
      } catch (error) {
        if (isIcrlError(error, 'missing-file')) return false
        throw error
      }
    },
    bring: [`npx icrl download ${model.replace(/^hf:/, '')}`, 'or a folder of yours: --model DIR'],
  }
}

function dataNeeds(kind: Experiment['kind'], name: string): readonly Need[] {
  return kind === 'math' ? mathNeeds() : WORLDS[dirname(name) as WorldName]().needs
}

function icrl(args: readonly string[]): Promise<number> {
  const bin = join(
    dirname(createRequire(import.meta.url).resolve('icrl/package.json')),
    'bin',
    'icrl.js',
  )
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [bin, ...args], { stdio: 'inherit' })
    // A terminal sends Ctrl-C to both: the run pauses, and says how to go on.
    const wait = (): void => undefined
    process.on('SIGINT', wait)
    child.on('error', reject)
    child.on('close', (code) => {
      process.off('SIGINT', wait)
      resolve(code ?? 1)
    })
  })
}
