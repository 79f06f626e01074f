// Compiles the code of a GPU's kernels into build/cuda.fatbin, for every supported architecture, and
// checks it: no approximation or contraction in the PTX, registers and spills within their limits.
// nvcc comes from $NVCC, the path, or PyPI (nvcc.mjs). No GPU is needed.
import { spawn } from 'node:child_process'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { lookAtPtx, lookAtRegisters } from './device-code.mjs'
import { findNvcc } from './nvcc.mjs'
import { deviceCodeHash, DEVICE_FLAGS, root } from './sources.mjs'

const USAGE = `node scripts/build-cuda.mjs             build/cuda.fatbin, unless it is there
node scripts/build-cuda.mjs --prebuilt  prebuilds/cuda.fatbin, for the package
node scripts/build-cuda.mjs --check     only the checks, for one architecture`

/** Machine code for these, and PTX of the oldest for what comes later. */
const ARCHITECTURES = ['80', '86', '89', '90a', '100', '120']
const source = join(root, 'native', 'cuda', 'kernels.cu')

function run(command, args) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] })
    let output = ''
    child.stdout.on('data', (chunk) => (output += chunk))
    child.stderr.on('data', (chunk) => (output += chunk))
    child.on('error', reject)
    child.on('close', (status) =>
      status === 0 ? resolve(output) : reject(new Error(`${command} failed:\n${output}`)),
    )
  })
}

/** Fails with all that is wrong with the code for an architecture; → what is worth saying. */
export async function checkDeviceCode(nvcc, architecture = '90a') {
  const folder = mkdtempSync(join(tmpdir(), 'icrl-ptx-'))
  try {
    const [ptx, object] = [join(folder, 'kernels.ptx'), join(folder, 'kernels.cubin')]
    await run(nvcc, [...DEVICE_FLAGS, '-ptx', `-arch=compute_${architecture}`, '-o', ptx, source])
    const report = await run(nvcc, [
      ...DEVICE_FLAGS,
      '-cubin',
      `-arch=sm_${architecture}`,
      '-Xptxas',
      '-v',
      '-o',
      object,
      source,
    ])
    const found = lookAtRegisters(report)
    const wrong = [...lookAtPtx(readFileSync(ptx, 'utf8')), ...found.wrong]
    if (wrong.length > 0)
      throw new Error(`The device code is not what it must be:\n${wrong.join('\n')}`)
    return found.summary
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Compiles for all architectures into `file`, which appears whole or not at all. */
export async function buildFatbin(nvcc, file) {
  const code = ARCHITECTURES.map((each) => `-gencode=arch=compute_${each},code=sm_${each}`)
  const oldest = `compute_${ARCHITECTURES[0]}`
  await run(nvcc, [
    ...DEVICE_FLAGS,
    '-fatbin',
    ...code,
    `-gencode=arch=${oldest},code=${oldest}`,
    '--compress-mode=size',
    `--threads=${Math.min(4, availableParallelism())}`,
    '-o',
    `${file}.${process.pid}`,
    source,
  ])
  renameSync(`${file}.${process.pid}`, file)
}

const readJson = (file) => (existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {})

/** Makes build/cuda.fatbin, or the package's in prebuilds/, unless it is there. */
export async function buildCuda({ prebuilt = false } = {}) {
  const folder = join(root, prebuilt ? 'prebuilds' : 'build')
  const names = join(folder, prebuilt ? 'sources.json' : 'current-fatbin.json')
  const file = join(folder, 'cuda.fatbin')
  const sources = deviceCodeHash()
  const known = readJson(names)
  if (existsSync(file) && (prebuilt ? known['cuda.fatbin'] : known.sources) === sources)
    return console.log('The code of the GPU’s kernels is up to date.')
  mkdirSync(folder, { recursive: true })
  const nvcc = findNvcc()
  const start = Date.now()
  console.log(await checkDeviceCode(nvcc))
  await buildFatbin(nvcc, file)
  const content = prebuilt ? { ...known, 'cuda.fatbin': sources } : { file: 'cuda.fatbin', sources }
  writeFileSync(names, `${JSON.stringify(content, null, 2)}\n`)
  const seconds = ((Date.now() - start) / 1000).toFixed(0)
  console.log(`${file}: ${Math.round(statSync(file).size / 1024)} KiB in ${seconds} s`)
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  if (process.argv.includes('--help')) console.log(USAGE)
  else if (process.argv.includes('--check')) console.log(await checkDeviceCode(findNvcc()))
  else await buildCuda({ prebuilt: process.argv.includes('--prebuilt') })
}
