import { execFileSync } from 'node:child_process'
import { join } from 'node:path'

/**
 * The short hash of the commit, with `-dirty` if files other than results differ from it; undefined
 * outside a repository.
 */
export function currentCommit(results: string): string | undefined {
  const git = (...args: string[]): string =>
    execFileSync('git', args, {
      cwd: join(results, '..'),
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim()
  try {
    const changed = git(
      'status',
      '--porcelain',
      '--untracked-files=no',
      '--',
      ':/',
      ':(top,exclude,glob)examples/*/results/**',
    )
    return `${git('rev-parse', '--short', 'HEAD')}${changed === '' ? '' : '-dirty'}`
  } catch {
    return undefined
  }
}
