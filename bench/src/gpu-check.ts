// Two steps of a model of two layers on a GPU's addon, against known bytes: the addon's file, the code
// of its kernels (or the model's schedule), the file of checksums, the backend (default: native-cuda,
// whose checksums native-cpu made).
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { setBackend } from '@tensorflow/tfjs-core'
import { RUNS, twoLayerRun } from '../../packages/backbone/test/two-layer-run.ts'
import { generationOf } from '../../packages/tfjs-native/test/checksums.ts'
import type { GpuAddon } from '../../packages/tfjs-native/src/addon.ts'
import { openCuda } from '../../packages/tfjs-native/src/register-native-cuda.ts'

const [file, code, goldenFile, backend = 'native-cuda'] = process.argv.slice(2)
const addon = createRequire(import.meta.url)(file) as GpuAddon
const { architecture } = openCuda(addon, 0, code)
await setBackend(backend)
const read = JSON.parse(readFileSync(goldenFile, 'utf8'))
const golden = (backend === 'native-cuda' ? read : read[generationOf(architecture)]) as Record<
  string,
  Record<string, string>
>
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
