import { spawnSync } from 'node:child_process'

/**
 * Runs the build script and waits for it: about a minute if there is a compiler, once for each
 * version of the package. Progress goes to standard error as it is made.
 *
 * @returns the script's last line, which says why if nothing was built.
 */
export function compileAddon(
  script: string,
  addon: string,
  env: NodeJS.ProcessEnv = process.env,
): string {
  const { stdout, error, status } = spawnSync(process.execPath, [script, addon], {
    encoding: 'utf8',
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  return error?.message ?? (stdout.trim().split('\n').at(-1) || `${script} ended with ${status}`)
}
