import { access } from 'node:fs/promises'
import { join } from 'node:path'
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
    updates: `${optimizer.updates}`,
  })
}

/**
 * Reads what `saveOptimizer` wrote. A folder without it holds only a model: the optimizer starts
 * anew.
 *
 * @param updates the count in the weights' header; if the optimizer's file has another one, a save
 * was interrupted
 * @throws IcrlError `corrupt-file`
 */
export async function loadOptimizer(
  directory: string,
  optimizer: Optimizer,
  updates: string | undefined,
): Promise<void> {
  const path = await firstThere([join(directory, FILE), join(directory, FORMER)])
  if (path === undefined) return optimizer.reset()
  await using file = await SafetensorsFile.open(path)
  const saved = Number(file.header.metadata.updates)
  if (!Number.isSafeInteger(saved) || saved < 0)
    throw corrupt(path, `its count of updates is ${JSON.stringify(file.header.metadata.updates)}.`)
  if (`${saved}` !== updates)
    throw corrupt(
      path,
      `it is of update ${saved}, the weights beside it of ${updates ?? 'none'}: the save was interrupted.`,
    )
  if (saved === 0) return optimizer.reset()
  const loaded: { moment: Variable; values: Tensor }[] = []
  try {
    for (const [name, { first, second }] of optimizer.moments()) {
      loaded.push({ moment: first, values: await readMoment(file, FIRST + name, first.shape) })
      loaded.push({ moment: second, values: await readMoment(file, SECOND + name, second.shape) })
    }
    for (const { moment, values } of loaded) moment.assign(values)
    optimizer.updates = saved
  } finally {
    for (const { values } of loaded) values.dispose()
  }
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
