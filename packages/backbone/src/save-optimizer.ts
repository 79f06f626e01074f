import { access, join } from '#node'
import { IcrlError } from '@icrl/core'
import type { Tensor, Variable } from '@tensorflow/tfjs-core'
import { SafetensorsFile } from './load-safetensors.ts'
import type { Moments, Optimizer } from './optimizer.ts'
import { corrupt } from './safetensors-header.ts'
import { type StoredPieces, writeSafetensors } from './save-safetensors.ts'
import { readLike, storedVariable } from './stored-variable.ts'

const FILE = 'optimizer.safetensors'
/** Its name in checkpoints of run format 1. */
const FORMER = 'optimiser.safetensors'
const [FIRST, SECOND, SCALES] = ['first_moment.', 'second_moment.', 'scales.']

/** What a model folder's headers say of the optimizer: both files of one save say the same. */
export function optimizerMetadata({ updates, restarts }: Optimizer): Record<string, string> {
  return { updates: `${updates}`, ...(restarts > 0 && { restarts: `${restarts}` }) }
}

/**
 * Writes both moments of every parameter and the number of updates. Before the first update, only
 * the number.
 */
export async function saveOptimizer(directory: string, optimizer: Optimizer): Promise<void> {
  const moments = optimizer.updates === 0 ? [] : [...optimizer.moments()]
  const tensors = new Map<string, StoredPieces>()
  for (const part of [FIRST, SECOND])
    for (const [name, pair] of moments)
      for (const [stored, values] of variablesOf(part, name, pair))
        tensors.set(stored, storedVariable(values))
  await writeSafetensors(join(directory, FILE), tensors, {
    ...optimizerMetadata(optimizer),
    ...(optimizer.storage !== 'float32' && { moments: optimizer.storage }),
  })
}

/** What is stored of one of a parameter's moments, by its name in the file. */
function variablesOf(part: string, name: string, { first, second }: Moments): [string, Variable][] {
  const { numbers, scales } = part === FIRST ? first : second
  return [
    [part + name, numbers],
    ...(scales ? [[SCALES + part + name, scales] as [string, Variable]] : []),
  ]
}

/**
 * Reads what `saveOptimizer` wrote. A folder without it holds only a model: the optimizer starts
 * anew, with a count of restarts that neither it nor the folder had.
 *
 * @param weights the metadata of the weights' header; if the optimizer's file has other counts, a
 * save was interrupted
 * @throws IcrlError `corrupt-file`
 */
export async function loadOptimizer(
  directory: string,
  optimizer: Optimizer,
  weights: Readonly<Record<string, string>>,
): Promise<void> {
  const path = await firstThere([join(directory, FILE), join(directory, FORMER)])
  if (path === undefined) {
    const { restarts } = countsOf(join(directory, 'model.safetensors'), weights)
    return optimizer.restart(Math.max(optimizer.restarts, restarts) + 1)
  }
  await using file = await SafetensorsFile.open(path)
  const saved = countsOf(path, file.header.metadata)
  if (inWords(file.header.metadata) !== inWords(weights))
    throw corrupt(
      path,
      `it is of update ${inWords(file.header.metadata)}, the weights beside it of ${inWords(weights)}: the save was interrupted.`,
    )
  if (saved.updates === 0) return optimizer.restart(saved.restarts)
  checkSameLearn(file, optimizer)
  checkSameStorage(file, optimizer)
  const loaded: { kept: Variable; values: Tensor }[] = []
  try {
    for (const [name, pair] of optimizer.moments())
      for (const part of [FIRST, SECOND])
        for (const [stored, kept] of variablesOf(part, name, pair))
          loaded.push({ kept, values: await readLike(file, stored, kept) })
    for (const { kept, values } of loaded) kept.assign(values)
    optimizer.updates = saved.updates
    optimizer.restarts = saved.restarts
  } finally {
    for (const { values } of loaded) values.dispose()
  }
}

/** Counts in a header's metadata. A model of other programs has none. */
function countsOf(
  path: string,
  { updates = '0', restarts = '0' }: Readonly<Record<string, string>>,
): { readonly updates: number; readonly restarts: number } {
  for (const [name, count] of Object.entries({ updates, restarts }))
    if (!/^\d+$/.test(count) || !Number.isSafeInteger(Number(count)))
      throw corrupt(path, `its count of ${name} is ${JSON.stringify(count)}.`)
  return { updates: Number(updates), restarts: Number(restarts) }
}

function inWords({ updates, restarts }: Readonly<Record<string, string>>): string {
  if (updates === undefined) return 'none'
  return restarts === undefined ? updates : `${updates} after restart ${restarts}`
}

/** Moments are of the parameters that learned when they were saved: the same must learn now. */
function checkSameLearn({ path, header }: SafetensorsFile, optimizer: Optimizer): void {
  const learn = [...optimizer.moments().keys()]
  const learned = [...header.tensors.keys()]
    .filter((name) => name.startsWith(FIRST))
    .map((name) => name.slice(FIRST.length))
  const more = learn.find((name) => !learned.includes(name))
  const fewer = learned.find((name) => !learn.includes(name))
  if (more === undefined && fewer === undefined) return
  throw new IcrlError(
    more === undefined
      ? `${path}: ${fewer} learned when it was saved, and is frozen here.`
      : `${path}: ${more} was frozen when it was saved, and learns here.`,
    {
      code: 'run-conflict',
      remedy: 'Give the same `frozen` as then, or load the model without its optimizer.',
    },
  )
}

function checkSameStorage({ path, header }: SafetensorsFile, { storage }: Optimizer): void {
  const { moments = 'float32' } = header.metadata
  if (moments === storage) return
  throw new IcrlError(`${path}: its moments are kept as ${moments}, here as ${storage}.`, {
    code: 'run-conflict',
    remedy: 'Give the same `moments` as then, or load the model without its optimizer.',
  })
}

async function firstThere(paths: readonly string[]): Promise<string | undefined> {
  for (const path of paths) {
    const isThere = await access(path).then(
      () => true,
      () => false,
    )
    if (isThere) return path
  }
  return undefined
}
