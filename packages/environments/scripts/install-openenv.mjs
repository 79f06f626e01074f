// Installs what the live tests of OpenEnv speak to, into the user's cache: PyPI's openenv, and with
// --trl a Python that trains with TRL. node packages/environments/scripts/install-openenv.mjs [--trl]
import { execFileSync } from 'node:child_process'
import { homedir } from 'node:os'
import { join } from 'node:path'

const PACKAGES = { openenv: ['openenv==0.10.0'], trl: ['openenv==0.10.0', 'trl==1.16.0', 'torch'] }

const cache = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'icrl-clients')
const name = process.argv.includes('--trl') ? 'trl' : 'openenv'
const folder = join(cache, name)
const pip = join(folder, 'bin', 'pip')
// PyTorch's own index has a build without CUDA; whoever cannot reach it gets the large one.
const withoutCuda = ['--extra-index-url', 'https://download.pytorch.org/whl/cpu']
execFileSync(process.env.ICRL_PYTHON ?? 'python3', ['-m', 'venv', folder], { stdio: 'inherit' })
execFileSync(
  pip,
  ['install', '--quiet', ...(name === 'trl' ? withoutCuda : []), ...PACKAGES[name]],
  {
    stdio: 'inherit',
  },
)
