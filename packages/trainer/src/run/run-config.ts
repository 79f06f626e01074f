import { IcrlError, RUN_FORMAT, type Json, type Task } from '@icrl/core'
import { differences } from './json-text.ts'
import { sha256 } from './sha256.ts'
import { isShared } from '../learning-rate.ts'
import type { EvaluationSet, OptimizerOptions, TrainOptions } from '../train-options.ts'

/** Settings that may differ when a run is resumed: they change no byte of the steps before `stop`. */
const MAY_CHANGE: ReadonlySet<string> = new Set(['stop', 'concurrency', 'checkpoints', 'launch'])

/**
 * Everything that decides a run's bytes, with defaults resolved: what `config.json` holds. All of it
 * but `MAY_CHANGE` must be the same when a run is resumed. Of tasks it holds their number and the
 * checksum of their JSON.
 */
export async function runConfig<T extends Task>(options: TrainOptions<T>): Promise<Json> {
  const {
    recipe,
    seed,
    stop,
    optimizer,
    evaluation,
    checkpoints,
    concurrency = 64,
    sessionTimeoutMs = null,
    config = null,
    launch = null,
  } = options
  return {
    format: RUN_FORMAT,
    method: {
      name: recipe.name,
      options: recipe.options,
      minibatches: recipe.minibatches ?? 1,
      epochs: recipe.epochs ?? 1,
    },
    seed,
    stop: { ...stop },
    optimizer: isShared(optimizer)
      ? settings(optimizer)
      : Object.fromEntries(
          Object.entries(optimizer).map(([name, own]): [string, Json] => [name, settings(own)]),
        ),
    ...(options.skipNonFinite && { skipNonFinite: true }),
    ...(options.references && {
      references: Object.fromEntries(
        Object.entries(options.references).map(([name, source]): [string, Json] => [
          name,
          typeof source === 'string' ? source : 'every' in source ? { ...source } : 'external',
        ]),
      ),
    }),
    ...(options.asynchronous &&
      options.asynchronous.staleness > 0 && {
        asynchronous: { staleness: options.asynchronous.staleness },
      }),
    ...(options.correction && { correction: options.correction.options }),
    concurrency,
    sessionTimeoutMs,
    roles: Object.fromEntries(
      Object.entries(options.roles).map(([role, { by, policy, sampling }]) => {
        const source = by ?? policy!
        return [
          role,
          {
            by: typeof source === 'string' ? source : 'external',
            policy: policy ?? null,
            sampling: { ...sampling },
          },
        ]
      }),
    ),
    tasks: await digest(options.tasks),
    evaluation: evaluation
      ? {
          every: evaluationInterval(options)!,
          ...(evaluation.sets
            ? {
                sets: Object.fromEntries(
                  await Promise.all(
                    Object.entries(evaluation.sets).map(
                      async ([name, set]): Promise<[string, Json]> => [name, await setConfig(set)],
                    ),
                  ),
                ),
              }
            : await setConfig(evaluation)),
        }
      : null,
    checkpoints: { every: checkpointInterval(options), keep: checkpoints?.keep ?? 3 },
    config,
    launch,
  }
}

function settings({ learningRate, clipNorm }: OptimizerOptions): Json {
  return {
    learningRate: typeof learningRate === 'number' ? learningRate : { ...learningRate },
    clipNorm: clipNorm ?? null,
  }
}

async function setConfig<T extends Task>({
  tasks,
  repeats = 1,
  sampling = {},
}: EvaluationSet<T>): Promise<Readonly<Record<string, Json>>> {
  return {
    tasks: await digest(tasks),
    repeats,
    sampling: JSON.parse(JSON.stringify(sampling)) as Json,
  }
}

/** Steps between evaluations; undefined if there are none. */
export function evaluationInterval<T extends Task>({
  evaluation,
}: Pick<TrainOptions<T>, 'evaluation'>): number | undefined {
  return evaluation && (evaluation.every ?? 10)
}

/** Steps between checkpoints. */
export function checkpointInterval<T extends Task>({
  evaluation,
  checkpoints,
}: Pick<TrainOptions<T>, 'evaluation' | 'checkpoints'>): number {
  return checkpoints?.every ?? evaluationInterval({ evaluation }) ?? 10
}

/**
 * Refuses to continue a run under another configuration, apart from `MAY_CHANGE`.
 *
 * @throws `run-conflict` listing every difference.
 */
export function checkSameConfig(stored: Json, given: Json, directory: string): void {
  checkFormat(stored, directory)
  const changes = differences(fixedPart(stored), fixedPart(given))
  if (changes.length > 0)
    throw changed(
      directory,
      changes,
      'Resume with the stored configuration (the end of the run, concurrency and checkpoints may differ), or begin a new run in another folder.',
    )
}

/** The error for a configuration that is not the stored one. */
export function changed(directory: string, changes: readonly string[], remedy: string): IcrlError {
  return new IcrlError(
    `run ${directory}: the configuration differs from the one it began with:\n${changes.map((change) => `  ${change}`).join('\n')}\n`,
    { code: 'run-conflict', remedy },
  )
}

function fixedPart(config: Json): Json {
  return Object.fromEntries(
    Object.entries(config as { readonly [key: string]: Json }).filter(
      ([key]) => !MAY_CHANGE.has(key),
    ),
  )
}

/**
 * Refuses to continue a run that has another format.
 *
 * @throws `run-conflict` naming both versions
 */
export function checkFormat(stored: Json, directory: string): void {
  const { format } = (stored ?? {}) as { format?: Json }
  if (format === RUN_FORMAT) return
  throw new IcrlError(
    `run ${directory} has format ${JSON.stringify(format)}; this version writes format ${RUN_FORMAT}.`,
    {
      code: 'run-conflict',
      remedy:
        'Finish it with the version that began it, or begin a new run from its `model` folder. Reports and evaluations still read it.',
    },
  )
}

async function digest(tasks: readonly Task[]): Promise<Json> {
  return { count: tasks.length, sha256: await sha256(JSON.stringify(tasks)) }
}
