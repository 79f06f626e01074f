// Plants faults in the kernels of a GPU, one at a time, and expects the comparison with native-cpu
// to find each: a missing barrier, one that not all threads reach, another order of a sum.
import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { FLAGS, root } from './sources.mjs'

const CUDA = 'native/cuda'
/** What is wrong, where, what stands there, what instead, and the cases that must find it. */
const FAULTS = [
  [
    'no barrier before a tile is overwritten',
    `${CUDA}/gemm-f32.cuh`,
    '    __syncthreads();\n    // Neighboring',
    '    // Neighboring',
    'matMul',
  ],
  [
    'no barrier before a tile is read',
    `${CUDA}/gemm-f32.cuh`,
    '    __syncthreads();\n    // A step',
    '    // A step',
    'matMul',
  ],
  [
    'k descending within a tile',
    `${CUDA}/gemm-f32.cuh`,
    'for (int p = 0; p < depth; p++) step(p);',
    'for (int p = depth; p-- > 0;) step(p);',
    'matMul',
  ],
  [
    'no barrier before keys are overwritten',
    `${CUDA}/attention-f32.cuh`,
    '    __syncthreads();\n    for (int t',
    '    for (int t',
    'packedAttention',
  ],
  [
    'a barrier that rows which do not exist miss',
    `${CUDA}/attention-f32.cuh`,
    '    if (n <= 0) continue;\n',
    '    if (n <= 0) continue;\n    __syncthreads();\n',
    'packedAttention',
  ],
  [
    'no barrier before queries are overwritten, in the gradient',
    `${CUDA}/attention-f32-gradient.cuh`,
    '        __syncthreads();\n        for (int t',
    '        for (int t',
    'packedAttention',
  ],
  [
    'lanes do not wait for one another between norm and rotation',
    'native/kernels/rotate-row.h',
    '  sync_lanes();\n',
    '',
    'rotary',
  ],
  [
    'one mask for both halves of a warp',
    'native/isa/vector-cuda.h',
    '0xffffu << (threadIdx.x & 16u)',
    '0xffffu',
    'rmsNorm',
  ],
  [
    'no barrier between the steps of a sort',
    `${CUDA}/head-f32.cuh`,
    '      __syncthreads();\n      for (size_t i = threadIdx.x; i < places',
    '      for (size_t i = threadIdx.x; i < places',
    'sampleToken',
  ],
  [
    'a gain summed over other blocks of rows',
    `${CUDA}/host/block.cc`,
    'kGainRows = 56',
    'kGainRows = 64',
    'a block before and after its attention',
  ],
  [
    'logits taken in other units',
    `${CUDA}/host/head.cc`,
    'kVocabularyBlock = 4096',
    'kVocabularyBlock = 1000',
    'tokenLogProbability',
  ],
  [
    'rows of an embedding last to first',
    `${CUDA}/parameters.cuh`,
    'for (int32_t n = a.starts[id]; n < a.starts[id + 1]; n++)',
    'for (int32_t n = a.starts[id + 1]; n-- > a.starts[id];)',
    'embeddingGradient',
  ],
]
const SCHEDULES = '0,1,2,3,4,5'

function must(command, args) {
  const { status, stderr, error } = spawnSync(command, args, { encoding: 'utf8' })
  if (status !== 0) throw new Error(`${command} failed: ${error?.message ?? stderr}`)
}

/** The first line that says what was found. */
const firstWrong = (text) =>
  text
    .split('\n')
    .find((line) => line.startsWith('DIFFERENT'))
    ?.slice(0, 120) ?? ''

/** The comparison in one file, as far from the root as dist. */
async function bundle(outfile) {
  const esbuild = createRequire(createRequire(import.meta.url).resolve('tsx'))('esbuild')
  await esbuild.build({
    entryPoints: [join(root, 'test', 'compare-cuda.ts')],
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

mkdirSync(join(root, 'build'), { recursive: true })
const folder = mkdtempSync(join(root, 'build', 'faults-'))
try {
  for (const name of ['native', 'scripts'])
    cpSync(join(root, name), join(folder, name), { recursive: true })
  const program = join(root, 'build', `compare-cuda-${process.pid}.mjs`)
  await bundle(program)
  const { translationUnits } = await import(pathToFileURL(join(folder, 'scripts/sources.mjs')).href)
  const units = translationUnits(process.arch, folder, 'cuda-shim')
  const compiler = process.env.CXX ?? 'c++'
  const includes = createRequire(import.meta.url)('node-api-headers').include_dir
  const compile = ([source, object, own]) =>
    must(compiler, [...FLAGS, ...own, '-I', includes, '-c', source, '-o', object])
  const addon = join(folder, 'shim.node')
  const link = () =>
    must(compiler, [
      ...(process.platform === 'darwin'
        ? ['-bundle', '-undefined', 'dynamic_lookup']
        : ['-shared', '-pthread']),
      '-o',
      addon,
      ...units.map(([, object]) => object),
    ])
  const golden = join(root, 'test', 'golden.json')
  const compare = (cases) =>
    spawnSync(process.execPath, [program, addon, SCHEDULES, golden, cases], { encoding: 'utf8' })
  for (const unit of units) compile(unit)
  link()
  const clean = compare('')
  if (clean.status !== 0) throw new Error(`without a fault: ${clean.stdout}${clean.stderr}`)
  const model = units.find(([source]) => source.endsWith('device-shim.cc'))
  let missed = 0
  for (const [what, path, right, wrong, cases] of FAULTS) {
    const file = join(folder, path)
    const text = readFileSync(file, 'utf8')
    if (!text.includes(right)) throw new Error(`${path} has no «${right}»`)
    writeFileSync(file, text.replace(right, wrong))
    const unit = units.find(([source]) => source === file) ?? model
    compile(unit)
    link()
    const { status, stdout } = compare(cases)
    if (status === 0) missed++
    console.log(`${status === 0 ? 'MISSED' : 'found '}  ${what}: ${firstWrong(stdout)}`)
    writeFileSync(file, text)
    compile(unit)
  }
  console.log(`${FAULTS.length - missed} of ${FAULTS.length} faults found`)
  process.exitCode = missed > 0 ? 1 : 0
  rmSync(program)
} finally {
  rmSync(folder, { recursive: true, force: true })
}
