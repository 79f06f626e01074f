import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { extname, join, relative, resolve } from 'node:path'
import type { BackendChoice } from '@icrl/backbone'
import { IcrlError, type Json, type Policy } from '@icrl/core'
import { chatRenderer } from '@icrl/renderer'
import type { Lab, ProgramOptions, RunRole } from '@icrl/trainer'
import { checkVocabulary, backendRecord, platformOf } from './build-run.ts'
import { adaptersOver } from './adapters-over.ts'
import { checkConfig } from './check-config.ts'
import { inFolderOf } from './config-folder.ts'
import type { ProgramConfig, ProgramConfigRole, ProgramModel } from './define-program.ts'
import type { RunParts } from './define-run.ts'
import { CODE, importConfig } from './load-run-config.ts'
import { meant } from './no-run.ts'
import {
  disposePolicy,
  engineRecord,
  openEngine,
  recordOf,
  slashed,
  type EngineConfig,
} from './open-engine.ts'
import { rendererRecord } from './renderer-record.ts'
import { programConfigSchema } from './run-config-schema.ts'

/** A program and where it came from. */
export interface LoadedProgram {
  readonly config: ProgramConfig
  /** Absolute path. */
  readonly file: string
}

/** Settings of the command line that replace those of the program. */
export interface ProgramOverrides {
  readonly seed?: number
  readonly backend?: ProgramConfig['backend']
}

/** A program, ready to run. */
export interface BuiltProgram extends AsyncDisposable {
  readonly options: ProgramOptions
  readonly script: (lab: Lab) => Promise<void>
  readonly backend?: BackendChoice
}

/** Name of the policy of the only model, as in a run. */
const SHARED = 'shared'

/**
 * Loads a program: the default export of a TypeScript or JavaScript file.
 *
 * @throws `missing-file`, `corrupt-file`, `invalid-option`, naming the file and the place
 */
export async function loadProgram(path: string): Promise<LoadedProgram> {
  const file = resolve(path)
  if (!CODE.includes(extname(file)))
    throw new IcrlError(
      `${path}: a program cannot be a file ${extname(file) ? `of type ${extname(file)}` : 'without an extension'}.`,
      {
        code: 'invalid-option',
        remedy: `Write it in TypeScript or JavaScript: ${CODE.join(', ')}.`,
      },
    )
  await readFile(file).catch((cause: unknown) => {
    throw new IcrlError(
      existsSync(file) ? `${file} cannot be read.` : `there is no file ${meant(path)}.`,
      {
        code: 'missing-file',
        remedy: 'Give the path of a program: icrl run FILE.',
        cause,
      },
    )
  })
  const exported = await importConfig(file)
  if (typeof exported !== 'object' || exported === null)
    throw new IcrlError(`${file}: its default export is not a program.`, {
      code: 'invalid-option',
      remedy: 'Write `export default defineProgram({ … })`.',
    })
  checkConfig(programConfigSchema, exported, file, undefined, 'icrl run')
  return { config: exported as ProgramConfig, file }
}

/**
 * The program that a folder was begun with, and what the command line said then.
 *
 * @param path its file, if that lies elsewhere now
 * @throws `missing-file` if the folder holds no program; `corrupt-file`, `invalid-option`
 */
export async function loadStoredProgram(
  directory: string,
  path?: string,
): Promise<{ readonly loaded: LoadedProgram; readonly overrides: ProgramOverrides }> {
  const { file, overrides } = await storedLaunch(directory, path !== undefined)
  if (path === undefined && file === undefined)
    throw new IcrlError(`${directory} does not name its program.`, {
      code: 'invalid-option',
      remedy: 'Give its file: icrl run FILE.',
    })
  return {
    loaded: await loadProgram(path ?? resolve(directory, file!)),
    overrides: overrides ?? {},
  }
}

interface Launch {
  readonly file?: string
  readonly overrides?: ProgramOverrides
}

async function storedLaunch(directory: string, mayBeNew: boolean): Promise<Launch> {
  const path = join(directory, 'program.json')
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    if (mayBeNew) return '{}'
    throw new IcrlError(`${directory} holds no program: there is no ${path}.`, {
      code: 'missing-file',
      remedy: 'Give the file of the program, or the folder of one that was begun.',
      cause,
    })
  })
  try {
    return (JSON.parse(text) as { readonly launch?: Launch }).launch ?? {}
  } catch (cause) {
    throw new IcrlError(`${path} is not JSON.`, {
      code: 'corrupt-file',
      remedy: 'Restore it, or begin the program in another folder.',
      cause,
    })
  }
}

/**
 * Builds what a program describes: backend, models, and how its roles speak.
 *
 * @param directory the program's folder; stored paths are relative to it
 * @throws the errors of every part
 */
export async function buildProgram(
  { config: written, file }: LoadedProgram,
  directory: string,
  overrides: ProgramOverrides = {},
): Promise<BuiltProgram> {
  const config = { ...written, ...overrides }
  const models = modelsOf(config)
  checkRoles(config, Object.keys(models), adapterNames(config, models))
  const policies: Record<string, Policy> = {}
  const parts: Record<string, RunParts> = {}
  const records: Record<string, Json> = {}
  let backend: BackendChoice | undefined
  const dispose = async (): Promise<void> => {
    for (const policy of Object.values(policies)) await disposePolicy(policy)
  }
  try {
    for (const [name, model] of Object.entries(models)) {
      const opened = await openEngine({ config: engineConfig(config, model), file, directory })
      try {
        const { tokenizer, contextLength } = opened
        const renderer = chatRenderer({ ...config.renderer, tokenizer })
        const running = await opened.policy()
        checkVocabulary(renderer, running.policy, opened.name)
        policies[name] = running.policy
        parts[name] = { renderer, tokenizer, contextLength }
        records[name] = opened.record
        backend ??= running.backend
        // Adapters render as the model below them.
        const further = adaptersOver(running.policy, {
          ...engineConfig(config, model),
          adapters: config.adapters,
        })
        for (const [adapter, policy] of Object.entries(further)) {
          policies[adapter] = policy
          parts[adapter] = parts[name]
        }
      } catch (error) {
        await opened.abandon()
        throw error
      }
    }
  } catch (error) {
    await dispose()
    throw error
  }
  const roles = rolesOf(config, parts)
  return {
    backend,
    script: (lab) => inFolderOf(file, () => config.script(lab, { models: parts, roles })),
    options: {
      directory,
      policies,
      roles,
      seed: config.seed ?? 0,
      concurrency: config.concurrency,
      sessionTimeoutMs: config.sessionTimeoutMs,
      platform: platformOf(backend),
      config: {
        models: records,
        ...backendRecord(backend),
        adam: { ...config.optimizer },
        renderer: rendererRecord(config.renderer),
        engine: engineRecord(config),
        ...(config.adapters && { adapters: recordOf(config.adapters) }),
      },
      launch: {
        file: slashed(relative(resolve(directory), file)),
        sha256: createHash('sha256')
          .update(await readFile(file))
          .digest('hex'),
        overrides: JSON.parse(JSON.stringify(overrides)) as Json,
      },
    },
    [Symbol.asyncDispose]: dispose,
  }
}

function modelsOf({ model }: ProgramConfig): Readonly<Record<string, ProgramModel>> {
  if (typeof model === 'string' || typeof model === 'function') return { [SHARED]: model }
  if (Object.keys(model).length > 0) return model
  throw new IcrlError('program: it has no model.', {
    code: 'invalid-option',
    remedy: 'Give `model`: a folder, or several by the names of their policies.',
  })
}

/** @throws `invalid-option` for adapters of a program with several models */
function adapterNames(
  { adapters = {} }: ProgramConfig,
  models: Readonly<Record<string, ProgramModel>>,
): string[] {
  const names = Object.keys(adapters)
  if (names.length === 0 || SHARED in models) return names
  throw new IcrlError('adapters: the program has several models.', {
    code: 'invalid-option',
    remedy: 'Give the adapters of a program with one model, or each model a policy of its own.',
  })
}

function engineConfig(config: ProgramConfig, model: ProgramModel): EngineConfig {
  const { backend, backendLoaders, engine, seed } = config
  // The steps say which rate they learn at.
  const optimizer = { learningRate: 1, ...config.optimizer }
  return { model, backend, backendLoaders, engine, seed, optimizer }
}

/** @throws `invalid-option` unless every role says which policy's template it speaks with */
function checkRoles(
  { roles }: ProgramConfig,
  models: readonly string[],
  adapters: readonly string[],
): void {
  const policies = [...models, ...adapters]
  for (const [role, { policy, by }] of Object.entries(roles)) {
    const named = [policy, typeof by === 'string' ? by : undefined]
    for (const [i, name] of named.entries())
      if (name !== undefined && !policies.includes(name))
        throw new IcrlError(
          `roles.${role}.${i === 0 ? 'policy' : 'by'} names the policy "${name}".`,
          {
            code: 'invalid-option',
            remedy: `Policies are: ${policies.join(', ')}.`,
          },
        )
    if (models.length > 1 && named.every((name) => name === undefined))
      throw new IcrlError(`roles.${role} does not say which policy answers it.`, {
        code: 'invalid-option',
        remedy: `Give roles.${role}.policy, or a policy as its \`by\`: ${policies.join(', ')}.`,
      })
  }
}

function rolesOf(
  { roles }: ProgramConfig,
  models: Readonly<Record<string, RunParts>>,
): Record<string, RunRole> {
  const [first] = Object.keys(models)
  return Object.fromEntries(
    Object.entries(roles).map(([role, { sampling, policy, by }]: [string, ProgramConfigRole]) => {
      const speaks = policy ?? (typeof by === 'string' ? by : first)
      const trained = policy ?? (by === undefined ? first : undefined)
      return [
        role,
        {
          renderer: models[speaks].renderer,
          sampling,
          ...(by !== undefined && { by }),
          ...(trained !== undefined && { policy: trained }),
        },
      ]
    }),
  )
}
