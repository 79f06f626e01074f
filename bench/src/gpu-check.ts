// Two steps of a model of two layers on a GPU's addon, against the bytes of native-cpu: the addon's
// file, the code of its kernels (or the model's schedule), the file of known checksums.
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { setBackend } from '@tensorflow/tfjs-core'
import { RUNS, twoLayerRun } from '../../packages/backbone/test/two-layer-run.ts'
import type { GpuAddon } from '../../packages/tfjs-native/src/addon.ts'
import { openCuda } from '../../packages/tfjs-native/src/register-native-cuda.ts'

const [file, code, goldenFile] = process.argv.slice(2)
const addon = createRequire(import.meta.url)(file) as GpuAddon
const golden = JSON.parse(readFileSync(goldenFile, 'utf8')) as Record<
  string,
  Record<string, string>
>
openCuda(addon, 0, code)
await setBackend('native-cuda')
for (const [name, options] of Object.entries(RUNS)) {
  const start = Date.now()
  const found = await twoLayerRun(options)
  const different = Object.keys(golden[name]).filter((each) => found[each] !== golden[name][each])
  if (different.length > 0) process.exitCode = 1
  console.log(
    different.length === 0
      ? `same bytes       ${name} (${Date.now() - start} ms)`
      : `DIFFERENT BYTES  ${name}: ${different.join(', ')}`,
  )
}
