// Compares what this package computes on a GPU's addon with what native-cpu did: the addon's file,
// the code of its kernels (or the model's schedules, with commas between them), the file of
// checksums, names of cases with commas between them (none: all). Prints a line for each case.
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { setBackend } from '@tensorflow/tfjs-core'
import type { GpuAddon } from '../src/addon.ts'
import { openCuda } from '../src/register-native-cuda.ts'
import { checksums } from './checksums.ts'

const [file, codes, goldenFile, cases = ''] = process.argv.slice(2)
const addon = createRequire(import.meta.url)(file) as GpuAddon
const golden = JSON.parse(readFileSync(goldenFile, 'utf8')) as Record<string, string>
const names = cases === '' ? Object.keys(golden) : cases.split(',')
let different = 0
for (const code of codes.split(',')) {
  const { name, architecture } = openCuda(addon, 0, code)
  await setBackend('native-cuda')
  console.log(`on ${name} (${architecture}), ${code}`)
  for (const each of names) {
    const start = Date.now()
    const found = await checksums[each]().catch((error: Error) => error.message)
    if (found !== golden[each]) different++
    console.log(
      found === golden[each]
        ? `same bits       ${each} (${Date.now() - start} ms)`
        : `DIFFERENT BITS  ${each}: ${found}`,
    )
  }
}
console.log(different === 0 ? 'all have the same bits' : `${different} differ`)
process.exitCode = different === 0 ? 0 : 1
