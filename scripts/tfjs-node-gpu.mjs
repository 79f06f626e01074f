// Binds TensorFlow.js to a current TensorFlow. As installed, @tensorflow/tfjs-node-gpu 4.22 fetches
// libtensorflow 2.9.1, which has no code for GPUs from Hopper on. This takes the libraries of PyPI's
// `tensorflow` wheel in its place, compiles the package's own binding against them in the user's
// cache, links the package into a project, and says what it finds. It needs nothing but Node, npm,
// Python with pip, and a C++ compiler, so that the file can be copied anywhere.
import { spawnSync } from 'node:child_process'
import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { parseArgs } from 'node:util'

const PACKAGE = '@tensorflow/tfjs-node-gpu'
const BINDING_VERSION = '4.22.0'
const TENSORFLOW_VERSION = '2.21.0'
const HEADERS = 'node-api-headers@1.9.0'
/** Any Python's wheel does: only its C library is used. */
const WHEEL_PYTHON = '311'

const HELP = `Makes backend "tensorflow" work in a project: TensorFlow.js ${BINDING_VERSION} on TensorFlow ${TENSORFLOW_VERSION}.

  node scripts/tfjs-node-gpu.mjs [PROJECT] [options]

  PROJECT     the folder whose node_modules gets ${PACKAGE} (default: this one)
  --cuda      also install what TensorFlow needs for a GPU: CUDA 12 and cuDNN 9 from PyPI, about 3 GB
  --check     install nothing; only say what is there, and what is missing
  --help      this text

Linux on x64 (WSL too). It downloads 0.6 GB and keeps 1.5 GB in ~/.cache/icrl, once for all projects.
npm install and pnpm install may remove the link from node_modules: run it again, which takes seconds.`

/** Where the package with its libraries is kept. */
const cacheFolder = () =>
  join(
    process.env.XDG_CACHE_HOME || join(homedir(), '.cache'),
    'icrl',
    `tfjs-node-gpu-${BINDING_VERSION}-tensorflow-${TENSORFLOW_VERSION}`,
  )

const packageIn = (folder) => join(folder, 'node_modules', PACKAGE)

/** An error whose message is for the user: what is missing, and what to do. */
class Missing extends Error {}

function run(command, args, remedy, options = {}) {
  const { status, error } = spawnSync(command, args, {
    stdio: ['ignore', 'inherit', 'inherit'],
    ...options,
  })
  if (status !== 0)
    throw new Missing(
      `${command} ${args.join(' ')} ${error === undefined ? 'failed' : `does not run (${error.code})`}. ${remedy}`,
    )
}

const runs = (command, args) => spawnSync(command, args, { stdio: 'ignore' }).status === 0
const compiler = () => process.env.CXX ?? 'c++'

function checkTools() {
  if (process.platform !== 'linux' || process.arch !== 'x64')
    throw new Missing(
      `This is ${process.platform} on ${process.arch}, and TensorFlow's wheels with CUDA are for Linux on x64. Use backend native-cpu.`,
    )
  if (!runs('python3', ['-m', 'pip', '--version']))
    throw new Missing(
      'python3 -m pip does not run, which downloads TensorFlow. Install Python with pip (Debian: apt install python3-pip).',
    )
  if (!runs(compiler(), ['--version']))
    throw new Missing(
      `${compiler()} does not run, which compiles the binding. Install a C++17 compiler (Debian: apt install g++) or name one in $CXX.`,
    )
}

/** Takes the C library, its headers and the list of CUDA packages out of TensorFlow's wheel. */
const UNPACK = `
import glob, os, re, sys, zipfile
folder = sys.argv[1]
[wheel] = glob.glob(os.path.join(folder, '*.whl'))
libraries = ['tensorflow/libtensorflow_cc.so.2', 'tensorflow/libtensorflow_framework.so.2']
headers = tuple('tensorflow/include/' + part for part in
    ('tensorflow/c/', 'tensorflow/core/platform/', 'tsl/', 'xla/tsl/'))
with zipfile.ZipFile(wheel) as archive:
    for name in archive.namelist():
        if name in libraries or name.startswith(headers) and name.endswith('.h'):
            archive.extract(name, folder)
        elif re.search(r'[.]dist-info/(licenses/)?LICENSE$', name):
            open(os.path.join(folder, 'LICENSE'), 'wb').write(archive.read(name))
        elif name.endswith('.dist-info/METADATA'):
            lines = archive.read(name).decode().splitlines()
            wanted = [re.match(r'Requires-Dist: ([^;]+); extra == .and-cuda.', line) for line in lines]
            open(os.path.join(folder, 'cuda-packages.txt'), 'w').write(
                ''.join(match[1].strip() + '\\n' for match in wanted if match))
os.remove(wheel)
`

function unpackTensorflow(scratch, deps) {
  console.log(`Downloading TensorFlow ${TENSORFLOW_VERSION} (0.6 GB) …`)
  const platforms = ['manylinux_2_27_x86_64', 'manylinux2014_x86_64']
  run(
    'python3',
    [
      '-m',
      'pip',
      'download',
      '--quiet',
      '--disable-pip-version-check',
      '--no-deps',
      '--only-binary=:all:',
      '--implementation',
      'cp',
      '--abi',
      `cp${WHEEL_PYTHON}`,
      '--python-version',
      WHEEL_PYTHON,
      ...platforms.flatMap((name) => ['--platform', name]),
      '--dest',
      scratch,
      `tensorflow==${TENSORFLOW_VERSION}`,
    ],
    'It needs PyPI, or an index that has the wheel (PIP_INDEX_URL).',
  )
  run('python3', ['-c', UNPACK, scratch], 'The wheel is not as it was; report it.')
  const libraries = join(deps, 'lib')
  mkdirSync(libraries, { recursive: true })
  for (const name of ['cc', 'framework']) {
    const file = join(scratch, 'tensorflow', `libtensorflow_${name}.so.2`)
    // The symbol table is a quarter of the file, and nothing reads it at run time.
    if (runs('strip', ['--version'])) run('strip', ['--strip-unneeded', file], 'Is the disk full?')
    renameSync(file, join(libraries, `libtensorflow_${name}.so.2`))
  }
  // The names that the linker asks for.
  symlinkSync('libtensorflow_cc.so.2', join(libraries, 'libtensorflow.so'))
  symlinkSync('libtensorflow_framework.so.2', join(libraries, 'libtensorflow_framework.so'))
  renameSync(join(scratch, 'tensorflow', 'include'), join(deps, 'include'))
  for (const name of ['LICENSE', 'cuda-packages.txt'])
    if (existsSync(join(scratch, name))) renameSync(join(scratch, name), join(deps, name))
}

/** Compiles the binding as the package's binding.gyp says. */
function compileBinding(folder) {
  console.log('Compiling the binding …')
  const home = packageIn(folder)
  const output = join(home, 'lib', 'napi-v8')
  mkdirSync(output, { recursive: true })
  run(
    compiler(),
    [
      '-std=c++17',
      '-O2',
      '-fPIC',
      '-shared',
      '-w',
      '-DNAPI_VERSION=8',
      '-I',
      '..',
      '-I',
      'deps/include',
      '-I',
      join(folder, 'node_modules/node-api-headers/include'),
      'binding/tfjs_backend.cc',
      'binding/tfjs_binding.cc',
      '-o',
      'lib/napi-v8/tfjs_binding.node',
      '-L',
      'deps/lib',
      '-Wl,-rpath,$ORIGIN/../../deps/lib',
      '-ltensorflow',
      '-ltensorflow_framework',
    ],
    'The binding needs a compiler for C++17.',
    { cwd: home },
  )
}

/** Fills the cache, whole or not at all. */
function build(folder) {
  mkdirSync(join(folder, '..'), { recursive: true })
  const partial = mkdtempSync(`${folder}.partial-`)
  try {
    writeFileSync(join(partial, 'package.json'), '{ "private": true }\n')
    console.log(`Installing ${PACKAGE} ${BINDING_VERSION} in ${folder} …`)
    const quiet = ['--no-audit', '--no-fund', '--loglevel=error']
    // Its install script would download the old library.
    run(
      'npm',
      ['install', '--ignore-scripts', ...quiet, `${PACKAGE}@${BINDING_VERSION}`, HEADERS],
      'It needs the npm registry.',
      { cwd: partial },
    )
    const scratch = join(partial, 'wheel')
    mkdirSync(scratch)
    unpackTensorflow(scratch, join(packageIn(partial), 'deps'))
    rmSync(scratch, { recursive: true })
    compileBinding(partial)
    renameSync(partial, folder)
  } finally {
    rmSync(partial, { recursive: true, force: true })
  }
}

/** TensorFlow looks for CUDA in `../nvidia/…/lib` beside its own folder. */
function installCuda(folder) {
  const deps = join(packageIn(folder), 'deps')
  if (existsSync(join(deps, 'nvidia'))) return
  console.log('Installing CUDA 12 and cuDNN 9 (about 3 GB) …')
  const packages = readFileSync(join(deps, 'cuda-packages.txt'), 'utf8').trim().split('\n')
  const partial = mkdtempSync(join(deps, 'cuda.partial-'))
  try {
    const options = ['--quiet', '--disable-pip-version-check', '--no-deps', '--target', partial]
    run(
      'python3',
      ['-m', 'pip', 'install', ...options, ...packages],
      'It needs PyPI and 7 GB of disk.',
    )
    renameSync(join(partial, 'nvidia'), join(deps, 'nvidia'))
  } finally {
    rmSync(partial, { recursive: true, force: true })
  }
}

/** Links the package into a project's node_modules. */
function link(folder, project) {
  const place = packageIn(project)
  const there = lstatSync(place, { throwIfNoEntry: false })
  if (there !== undefined && !there.isSymbolicLink())
    throw new Missing(
      `${place} is there already, installed by npm. Remove it (npm uninstall ${PACKAGE}) and run this again.`,
    )
  mkdirSync(join(place, '..'), { recursive: true })
  rmSync(place, { force: true })
  symlinkSync(packageIn(folder), place)
}

/** Prints one line of JSON: what the binding does, in a process of its own that it may take down. */
const PROBE = `
const util = require('node:util')
util.isNullOrUndefined ??= (value) => value == null
const tf = require('${PACKAGE}')
const product = tf.matMul(tf.ones([2, 3]), tf.ones([3, 2])).dataSync()[0]
const { binding, isUsingGpuDevice } = tf.backend()
console.log(JSON.stringify({ product, gpu: isUsingGpuDevice, version: binding.TF_Version }))
`

function probe(project) {
  const { status, signal, stdout, stderr } = spawnSync(process.execPath, ['-e', PROBE], {
    cwd: project,
    encoding: 'utf8',
    env: { TF_FORCE_GPU_ALLOW_GROWTH: 'true', ...process.env, TF_CPP_MIN_LOG_LEVEL: '0' },
  })
  const said = stderr.split('\n').filter((line) => /cuda|gpu|nvidia|cudnn|\.so/i.test(line))
  if (status === 0) return { ...JSON.parse(stdout.trim().split('\n').at(-1)), said }
  const reason =
    stderr.split('\n').find((line) => /error/i.test(line)) ?? `it ended by ${signal ?? status}`
  return { reason: reason.trim(), said }
}

const driver = () => {
  const query = ['--query-gpu=name,driver_version', '--format=csv,noheader']
  const { status, stdout } = spawnSync('nvidia-smi', query, { encoding: 'utf8' })
  return status === 0 ? stdout.trim().split('\n').join('; ') : undefined
}

/** What is there and what is missing, a line and a remedy each: `[ok, name, says]`. */
function findings(project, folder = cacheFolder()) {
  if (!existsSync(packageIn(project)))
    return [[false, 'package', `${packageIn(project)} is not there; run this without --check`]]
  const { product, gpu, version, reason, said } = probe(project)
  if (product !== 3)
    return [
      [
        false,
        'binding',
        `does not load: ${reason ?? `its product is ${product}, not 3`}. Remove ${folder} and run this again`,
      ],
    ]
  const nvidia = join(packageIn(project), 'deps', 'nvidia')
  const card = driver()
  return [
    [true, 'binding', `loads, TensorFlow ${version}, and multiplies`],
    card === undefined
      ? [
          false,
          'driver',
          'nvidia-smi does not run: no NVIDIA GPU, or no driver; backend native-cpu is faster without one',
        ]
      : [true, 'driver', card],
    existsSync(nvidia)
      ? [true, 'CUDA 12, cuDNN 9', `${readdirSync(nvidia).length} packages in ${nvidia}`]
      : [
          false,
          'CUDA 12, cuDNN 9',
          'not installed by this script: run it with --cuda, if LD_LIBRARY_PATH does not name them',
        ],
    gpu
      ? [true, 'GPU', 'TensorFlow uses it']
      : [
          false,
          'GPU',
          `TensorFlow computes on the processor${said.length === 0 ? '' : `; it says: ${said.at(-1).trim()}`}`,
        ],
  ]
}

function main() {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      cuda: { type: 'boolean', default: false },
      check: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) return void console.log(HELP)
  const [project, folder] = [resolve(positionals[0] ?? '.'), cacheFolder()]
  if (!values.check) {
    checkTools()
    if (!existsSync(join(project, 'package.json')))
      throw new Missing(`${project} has no package.json. Name a project's folder.`)
    if (!existsSync(folder)) build(folder)
    if (values.cuda) installCuda(folder)
    link(folder, project)
  }
  const found = findings(project, folder)
  for (const [ok, name, says] of found) console.log(`${ok ? '✓' : '–'} ${name.padEnd(18)} ${says}`)
  if (found[0][0]) console.log('\nUse it: --backend tensorflow, or selectBackend("tensorflow").')
  else process.exitCode = 1
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  try {
    main()
  } catch (error) {
    if (!(error instanceof Missing) && error.code?.startsWith('ERR_PARSE_ARGS') !== true)
      throw error
    console.error(error.message)
    process.exitCode = 1
  }
}
