/**
 * The environment as it is outside of npm and vitest, whose variables would otherwise steer the
 * commands that a test starts. Registry and cache stay: set-up needed them too.
 */
export function outsideNpm(): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(
    ([name]) => !/^(npm_(?!config_(registry|cache)$)|vitest|node_)/i.test(name),
  )
  return Object.fromEntries(kept)
}
