// Finds NVIDIA's compiler, and installs it in the user's cache where there is none.
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'

/** What PyPI's wheels of a compiler consist of, and their versions. */
const WHEELS = [
  'nvidia-cuda-nvcc==13.0.88',
  'nvidia-nvvm==13.0.88',
  'nvidia-cuda-crt==13.0.88',
  'nvidia-cuda-runtime==13.0.96',
  'nvidia-cuda-cccl==13.0.85',
]
const VERSION = '13.0'

/**
 * The command of nvcc: `$NVCC`, else that on the path or in /usr/local/cuda, else PyPI's wheels in a
 * virtual environment of their own (104 MB).
 */
export function findNvcc() {
  for (const command of [process.env.NVCC, 'nvcc', '/usr/local/cuda/bin/nvcc'].filter(Boolean))
    if (runs(command)) return command
  const folder = join(
    process.env.XDG_CACHE_HOME || join(homedir(), '.cache'),
    'icrl',
    `nvcc-${VERSION}`,
  )
  const installed = commandIn(folder)
  if (installed !== undefined && runs(installed)) return installed
  console.log(`Installing nvcc ${VERSION} in ${folder} …`)
  must([process.platform === 'win32' ? 'python' : 'python3', '-m', 'venv', folder])
  const python = join(folder, process.platform === 'win32' ? 'Scripts/python.exe' : 'bin/python')
  must([python, '-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', ...WHEELS])
  const command = commandIn(folder)
  if (command === undefined || !runs(command)) throw new Error(`nvcc in ${folder} does not run`)
  return command
}

/** nvcc among the wheels of a virtual environment; none before they are installed. */
function commandIn(folder) {
  const libraries = join(folder, process.platform === 'win32' ? 'Lib' : 'lib')
  if (!existsSync(libraries)) return undefined
  const places = process.platform === 'win32' ? [''] : readdirSync(libraries)
  return places
    .map((place) => join(libraries, place, 'site-packages/nvidia/cu13/bin/nvcc'))
    .find((command) => existsSync(command) || existsSync(`${command}.exe`))
}

function runs(command) {
  return spawnSync(command, ['--version'], { stdio: 'ignore' }).status === 0
}

function must([command, ...args]) {
  const { status } = spawnSync(command, args, { stdio: ['ignore', 'inherit', 'inherit'] })
  if (status !== 0)
    throw new Error(
      `${command} ${args.join(' ')} failed; install nvcc ${VERSION} yourself and put it on the path or into $NVCC`,
    )
}
