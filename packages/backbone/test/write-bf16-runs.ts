// Writes golden/two-layer-runs-bf16.json: the SHA-256 of what two steps of a model of two layers
// leave on native-cuda-bf16, by generation of tensor cores, on the model of a GPU.
import { writeFileSync } from 'node:fs'
import { useShim } from '../../tfjs-native/test/cuda-shim.ts'
import { RUNS, twoLayerRun } from './two-layer-run.ts'

const golden: Record<string, Record<string, Record<string, string>>> = {}
for (const architecture of ['sm_90', 'sm_80']) {
  await useShim({ architecture, backend: 'native-cuda-bf16' })
  golden[architecture] = {}
  for (const [name, options] of Object.entries(RUNS))
    golden[architecture][name] = await twoLayerRun(options)
}
writeFileSync(
  new URL('golden/two-layer-runs-bf16.json', import.meta.url),
  `${JSON.stringify(golden, null, 2)}\n`,
)
