// Gathers what bench/gpu.sh needs on a machine with a GPU in bench/gpu: programs in one file each,
// the addon, the code of the kernels, the known checksums. `shim`: for a rehearsal without one.
import { copyFileSync, cpSync, mkdirSync, readFileSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { buildAddon } from '../packages/tfjs-native/scripts/build.mjs'

const bench = dirname(fileURLToPath(import.meta.url))
const packages = join(bench, '..', 'packages')
const native = join(packages, 'tfjs-native')
const isRehearsal = process.argv[2] === 'shim'
const to = (name) => join(bench, 'gpu', name)

async function bundle(entry, outfile) {
  const esbuild = createRequire(createRequire(import.meta.url).resolve('tsx'))('esbuild')
  await esbuild.build({
    entryPoints: [entry],
    outfile,
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'esm',
    conditions: ['@icrl/source'],
    logLevel: 'error',
    banner: {
      js: "import { createRequire as requireFrom } from 'node:module'; const require = requireFrom(import.meta.url)",
    },
  })
}

rmSync(to(''), { recursive: true, force: true })
mkdirSync(to(''), { recursive: true })
const { file, message } = await buildAddon({ addon: isRehearsal ? 'cuda-shim' : 'cuda' })
if (file === undefined) throw new Error(message)
copyFileSync(file, to('addon.node'))
if (!isRehearsal) {
  await import('../packages/tfjs-native/scripts/build-cuda.mjs').then(({ buildCuda }) =>
    buildCuda(),
  )
  const { file: code } = JSON.parse(
    readFileSync(join(native, 'build', 'current-fatbin.json'), 'utf8'),
  )
  cpSync(join(native, 'build', code), to('cuda.fatbin'))
}
for (const name of ['golden.json', 'golden-bf16.json'])
  copyFileSync(join(native, 'test', name), to(name))
for (const name of ['two-layer-runs.json', 'two-layer-runs-bf16.json'])
  copyFileSync(join(packages, 'backbone', 'test', 'golden', name), to(name))
await bundle(join(native, 'test', 'compare-cuda.ts'), to('compare.mjs'))
await bundle(join(bench, 'src', 'gpu-check.ts'), to('model.mjs'))
await bundle(join(bench, 'src', 'gpu-tensor-cores.ts'), to('tensor-cores.mjs'))
await bundle(join(bench, 'src', 'gpu-speed.ts'), to('speed.mjs'))
await bundle(join(bench, 'src', 'gpu-steps.ts'), to('steps.mjs'))
copyFileSync(join(bench, 'peers', 'gpu.py'), to('peer.py'))
