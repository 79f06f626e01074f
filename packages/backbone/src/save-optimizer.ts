import { access } from 'node:fs/promises'
import { join } from 'node:path'
import { IcrlError } from '@icrl/core'
import { tensor } from '@tensorflow/tfjs-core'
import type { Tensor, Variable } from '@tensorflow/tfjs-core'
import { SafetensorsFile } from './load-safetensors.ts'
import type { Optimizer } from './optimizer.ts'
import { corrupt } from './safetensors-header.ts'
import { saveSafetensors } from './save-safetensors.ts'
import { tensorSources } from './save-model-folder.ts'

const FILE = 'optimizer.safetensors'
/** Its name in checkpoints of run format 1. */
const FORMER = 'optimiser.safetensors'
const [FIRST, SECOND] = ['first_moment.', 'second_moment.']

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
  const first = tensorSources(new Map(moments.map(([name, moment]) => [name, moment.first])), FIRST)
  const second = tensorSources(
    new Map(moments.map(([name, moment]) => [name, moment.second])),
    SECOND,
  )
  await saveSafetensors(join(directory, FILE), new Map([...first, ...second]), {
    ...optimizerMetadata(optimizer),
  })
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
  const loaded: { moment: Variable; values: Tensor }[] = []
  try {
    for (const [name, { first, second }] of optimizer.moments()) {
      loaded.push({ moment: first, values: await readMoment(file, FIRST + name, first.shape) })
      loaded.push({ moment: second, values: await readMoment(file, SECOND + name, second.shape) })
    }
    for (const { moment, values } of loaded) moment.assign(values)
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

async function readMoment(
  file: SafetensorsFile,
  name: string,
  wanted: readonly number[],
): Promise<Tensor> {
  const { shape } = file.tensor(name)
  if (shape.join() !== wanted.join())
    throw corrupt(
      file.path,
      `tensor ${name} has shape [${shape.join(', ')}], its parameter [${wanted.join(', ')}].`,
    )
  return tensor(await file.read(name), [...shape])
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
