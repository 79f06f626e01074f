/**
 * Seconds by the clock; with `ICRL_BENCH_CLOCK=processor` seconds of processor time, which on one
 * thread hardly depend on what else the machine runs.
 */
export const secondsNow: () => number =
  process.env['ICRL_BENCH_CLOCK'] === 'processor'
    ? () => {
        const { user, system } = process.cpuUsage()
        return (user + system) / 1e6
      }
    : () => performance.now() / 1000

/** Seconds that a function takes. */
export async function secondsOf(run: () => unknown): Promise<number> {
  const start = secondsNow()
  await run()
  return secondsNow() - start
}
