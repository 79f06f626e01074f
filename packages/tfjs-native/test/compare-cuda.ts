// Compares what this package computes on a GPU's addon with known checksums: the addon's file, the
// code of its kernels (or the model's schedules, with commas between them), the file of checksums,
// names of cases with commas between them (none: all), the backend (default: native-cuda, whose
// checksums native-cpu made). Prints a line for each case, and one if decode steps are not recorded.
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { setBackend } from '@tensorflow/tfjs-core'
import type { GpuAddon } from '../src/addon.ts'
import { openCuda } from '../src/register-native-cuda.ts'
import { checksums, generationOf } from './checksums.ts'

const [file, codes, goldenFile, cases = '', backend = 'native-cuda'] = process.argv.slice(2)
const addon = createRequire(import.meta.url)(file) as GpuAddon
const read = JSON.parse(readFileSync(goldenFile, 'utf8'))
let different = 0
for (const code of codes.split(',')) {
  const { name, architecture } = openCuda(addon, 0, code)
  await setBackend(backend)
  const golden = (backend === 'native-cuda' ? read : read[generationOf(architecture)]) as Record<
    string,
    string
  >
  console.log(`${backend} on ${name} (${architecture}), ${code}`)
  for (const each of cases === '' ? Object.keys(golden) : cases.split(',')) {
    const start = Date.now()
    const found = await checksums[each]().catch((error: Error) => error.message)
    if (found !== golden[each]) different++
    console.log(
      found === golden[each]
        ? `same bits       ${each} (${Date.now() - start} ms)`
        : `DIFFERENT BITS  ${each}: ${found}`,
    )
  }
  // Not if that is how it was asked for.
  const { whyNoGraphs } = addon.work()
  if (whyNoGraphs !== '' && !process.env.ICRL_CUDA_GRAPHS) {
    different++
    console.log(`DIFFERENT WAY   decode steps are not recorded: ${whyNoGraphs}`)
  }
}
console.log(different === 0 ? 'all have the same bits' : `${different} differ`)
process.exitCode = different === 0 ? 0 : 1
