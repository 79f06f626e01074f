// Finds Zig, whose C++ compiler targets every platform from any other, and installs it in the
// user's cache where there is none.
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'

const VERSION = '0.17.1'

/**
 * Command and first arguments of `zig`: `$ZIG`, else that on the path, else PyPI's `ziglang` in a
 * virtual environment of its own.
 */
export function findZig() {
  for (const command of [process.env.ZIG, 'zig'].filter(Boolean))
    if (runs([command, 'version'])) return [command]
  const folder = join(
    process.env.XDG_CACHE_HOME || join(homedir(), '.cache'),
    'icrl',
    `zig-${VERSION}`,
  )
  const python = join(folder, process.platform === 'win32' ? 'Scripts/python.exe' : 'bin/python')
  const zig = [python, '-m', 'ziglang']
  if (existsSync(python) && runs([...zig, 'version'])) return zig
  console.log(`Installing Zig ${VERSION} in ${folder} …`)
  must([process.platform === 'win32' ? 'python' : 'python3', '-m', 'venv', folder])
  must([
    python,
    '-m',
    'pip',
    'install',
    '--quiet',
    '--disable-pip-version-check',
    `ziglang==${VERSION}`,
  ])
  return zig
}

function runs([command, ...args]) {
  return spawnSync(command, args, { stdio: 'ignore' }).status === 0
}

function must([command, ...args]) {
  const { status } = spawnSync(command, args, { stdio: ['ignore', 'inherit', 'inherit'] })
  if (status !== 0)
    throw new Error(
      `${command} ${args.join(' ')} failed; install Zig ${VERSION} yourself and put it on the path or into $ZIG`,
    )
}
