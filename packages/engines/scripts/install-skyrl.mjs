// Installs SkyRL, on whose Tinker servers test/tinker-live.test.ts trains, into the user's cache:
// node packages/engines/scripts/install-skyrl.mjs [0.3.0] [0.4.0]; without a version both. It needs
// Python 3.12 or 3.13, which PYTHON names; else it is looked for, among pyenv's versions too (a
// `python3.12` on the path may be a shim that runs nothing). About 1 GB each: the JAX backend on a CPU,
// without PyTorch, vLLM and Ray.
import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'

/** The SDK that each version imports. */
const SDKS = { '0.3.0': 'tinker==0.24.1', '0.4.0': 'tinker==0.25.*' }
const PACKAGES = [
  'jax==0.10.2',
  'jaxlib==0.10.2',
  'flax==0.12.8',
  'optax==0.2.8',
  'transformers==5.8.0',
  'fastapi==0.165.0',
  'uvicorn==0.54.0',
  'sqlmodel==0.0.50',
  'sqlalchemy[asyncio]',
  'aiohttp',
  'aiosqlite==0.22.1',
  'cloudpathlib',
  'safetensors',
  'tokenizers',
  'pydantic',
  'rich',
  'typer',
  'psutil',
  'pillow',
  'httpx',
  'numpy',
  'zstandard',
]

const runs = (python) => {
  const check =
    'import sys, venv, ensurepip; sys.exit(not (3, 12) <= sys.version_info[:2] <= (3, 13))'
  try {
    execFileSync(python, ['-c', check], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}
const pyenv = join(process.env.PYENV_ROOT ?? join(homedir(), '.pyenv'), 'versions')
const ofPyenv = existsSync(pyenv)
  ? readdirSync(pyenv)
      .filter((version) => /^3\.1[23]\./.test(version))
      .map((version) => join(pyenv, version, 'bin/python'))
  : []
const named = process.env.PYTHON ? [process.env.PYTHON] : []
const python = [...named, 'python3.12', 'python3.13', ...ofPyenv, 'python3'].find(runs)
if (!python) {
  console.error('SkyRL is installed with Python 3.12 or 3.13: name one in PYTHON.')
  process.exit(1)
}
const cache = process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache')
const asked = process.argv.slice(2)
for (const version of asked.length > 0 ? asked : Object.keys(SDKS)) {
  if (!(version in SDKS)) throw new Error(`${version}: choose of ${Object.keys(SDKS).join(', ')}.`)
  const folder = join(cache, 'icrl-clients', `skyrl-${version}`)
  const install = (...packages) =>
    execFileSync(join(folder, 'bin', 'pip'), ['install', '--quiet', ...packages], {
      stdio: 'inherit',
    })
  execFileSync(python, ['-m', 'venv', folder], { stdio: 'inherit' })
  // Its own list of dependencies has vLLM and Ray.
  install('--no-deps', `skyrl==${version}`)
  install(SDKS[version], ...PACKAGES)
  console.log(join(folder, 'bin', 'python'))
}
