/** What the machine can do at most, measured before anything else. */
export interface Machine {
  /** GFLOP/s of fused multiply-adds in registers, on all threads used. */
  readonly fma: number
  /** GB/s of reading memory. */
  readonly read: number
  /** GB/s of copying it, what is read and what is written together. */
  readonly copy: number
  readonly isa: string
  readonly threads: number
}

/** One line of the benchmark's result. */
export interface Row {
  readonly name: string
  /** Absent where the row failed. */
  readonly ours?: number
  /** What `theirs` belongs to. */
  readonly peer?: string
  readonly theirs?: number
  readonly unit: string
  /** ours / theirs */
  readonly ratio?: number
  /** What `ratio` is to reach, or not to exceed where lower is better. */
  readonly target?: number
  readonly better: 'higher' | 'lower'
  readonly isa: string
  readonly threads: number
  /** The physical limit that `share` is a part of. */
  readonly limit?: 'multiply-adds' | 'memory'
  /** Part of the measured limit that ours reaches. */
  readonly share?: number
  /** Part of the whole that this line takes, where it is one of several. */
  readonly part?: number
  readonly note?: string
  /** Why there is no figure, or none of the peer's. */
  readonly failed?: string
}

/** A target: as a ratio to the peer, or as a figure in the row's unit. */
export type Target = { readonly ratio: number } | { readonly figure: number }

/** FLOP/s against the peak of multiply-adds, or bytes/s against the memory's bandwidth. */
export interface Work {
  readonly limit: 'multiply-adds' | 'memory'
  readonly perSecond: number
}

/** What a row is made of. */
export interface Measurement {
  readonly name: string
  readonly ours?: number
  readonly peer?: string
  readonly theirs?: number
  readonly unit: string
  readonly better?: 'higher' | 'lower'
  readonly targets?: readonly Target[]
  /** What ours does of what the machine can do at most: FLOP/s or bytes/s. */
  readonly work?: Work
  readonly part?: number
  readonly note?: string
  readonly failed?: string
}

/**
 * A row with its ratio, its target and its share of the machine's limit. Of two targets the lesser
 * counts, a figure being turned into a ratio by the peer's; without a peer there is neither ratio
 * nor target.
 */
export function buildRow(
  { ours, theirs, targets = [], better = 'higher', work, ...rest }: Measurement,
  machine: Machine,
): Row {
  const { isa, threads } = machine
  const ratio = ours !== undefined && theirs !== undefined ? ours / theirs : undefined
  const target = ratio === undefined ? undefined : lesser(targets, theirs as number)
  const share = work === undefined ? undefined : work.perSecond / limitOf(work, machine)
  return withoutAbsent({
    ...rest,
    ours,
    theirs,
    ratio,
    target,
    better,
    isa,
    threads,
    limit: work?.limit,
    share,
  })
}

/** The machine's limit in FLOP/s or bytes/s. */
export function limitOf({ limit }: Pick<Work, 'limit'>, { fma, read }: Machine): number {
  return (limit === 'memory' ? read : fma) * 1e9
}

/** Whether a row reaches its target; undefined where it has none. */
export function reachesTarget({ ratio, target, better }: Row): boolean | undefined {
  if (ratio === undefined || target === undefined) return undefined
  return better === 'higher' ? ratio >= target : ratio <= target
}

function lesser(targets: readonly Target[], theirs: number): number | undefined {
  if (targets.length === 0) return undefined
  return Math.min(
    ...targets.map((target) => ('ratio' in target ? target.ratio : target.figure / theirs)),
  )
}

function withoutAbsent<T extends object>(row: T): T {
  return Object.fromEntries(Object.entries(row).filter(([, value]) => value !== undefined)) as T
}
