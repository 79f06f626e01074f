// Installs the versions of Python's tinker SDK that test/tinker-sdk.test.ts drives, each in a virtual
// environment in the user's cache: node packages/engines/scripts/install-tinker-sdks.mjs
// With --cookbook, the newest one gets tinker-cookbook and torch too, some gigabytes: its loop and
// forward_backward_custom are then tested as well. PYTHON names a Python of 3.11 or newer.
import { execFileSync } from 'node:child_process'
import { homedir } from 'node:os'
import { join } from 'node:path'

const SDKS = { '0.24.1': ['tinker==0.24.1'], 0.25: ['tinker==0.25.*'], newest: ['tinker'] }

const cache = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'icrl-clients')
const more = process.argv.includes('--cookbook') ? ['tinker-cookbook'] : []
for (const [name, packages] of Object.entries(SDKS)) {
  const folder = join(cache, `tinker-${name}`)
  execFileSync(process.env.PYTHON ?? 'python3', ['-m', 'venv', folder], { stdio: 'inherit' })
  const wanted = name === 'newest' ? [...packages, ...more] : packages
  execFileSync(join(folder, 'bin', 'pip'), ['install', '--quiet', '--upgrade', ...wanted], {
    stdio: 'inherit',
  })
}
