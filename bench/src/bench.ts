import { setBackend } from '@tensorflow/tfjs-core'
import { registerNativeCpu } from '@icrl/tfjs-native'
import type { Outcome } from './interleave.ts'
import { NO_PEER, Peer, type PeerEnvironment } from './peer.ts'
import type { Machine, Measurement } from './row.ts'

/** What a group of rows is given. */
export interface Bench {
  readonly machine: Machine
  /** Fewest rounds: to see that everything runs. */
  readonly quick: boolean
  readonly report: (measurement: Measurement) => void
  /** Starts a peer, which ends with the group; undefined where it is not installed. */
  readonly startPeer: (environment: PeerEnvironment) => Peer | undefined
  /**
   * Seconds that a peer may still take, so that the group ends in time and its own figures are
   * kept.
   */
  readonly left: () => number
}

/** Rows that are measured together, in a process of their own. */
export interface Group {
  readonly name: string
  /** The process is ended after so many seconds. */
  readonly seconds: number
  readonly run: (bench: Bench) => Promise<void>
}

const PART_FOR_PEERS = 0.85

/** Runs a group in this process, which is ended after so many seconds. */
export async function runGroup(
  group: Group,
  { machine, quick, report }: Pick<Bench, 'machine' | 'quick' | 'report'>,
  seconds: number,
): Promise<void> {
  const peers: Peer[] = []
  const end = performance.now() + PART_FOR_PEERS * seconds * 1000
  registerNativeCpu({ threads: machine.threads })
  await setBackend('native-cpu')
  const startPeer = (environment: PeerEnvironment): Peer | undefined => {
    const peer = Peer.start(environment, machine.threads)
    if (peer !== undefined) peers.push(peer)
    return peer
  }
  try {
    await group.run({
      machine,
      quick,
      report,
      startPeer,
      left: () => Math.max(1, (end - performance.now()) / 1000),
    })
  } finally {
    for (const peer of peers) peer.stop()
  }
}

/** Both sides' figures from their median times; says what is missing and why. */
export function figuresOf(
  { ours, theirs }: { readonly ours: Outcome | undefined; readonly theirs: Outcome | undefined },
  figure: (seconds: number) => number,
): Pick<Measurement, 'ours' | 'theirs' | 'note' | 'failed'> {
  const of = (outcome: Outcome | undefined): number | undefined =>
    outcome !== undefined && 'median' in outcome ? figure(outcome.median) : undefined
  const failures = [ours, theirs].flatMap((outcome) =>
    outcome !== undefined && 'failed' in outcome ? [outcome.failed] : [],
  )
  return {
    ours: of(ours),
    theirs: of(theirs),
    ...(theirs === undefined ? { note: NO_PEER } : {}),
    ...(failures.length > 0 ? { failed: failures.join('; ') } : {}),
  }
}

/** The least and the greatest ratio within a round, theirs to ours; says how far to trust a ratio. */
export function roundsNote({
  ours,
  theirs,
}: {
  readonly ours: Outcome | undefined
  readonly theirs: Outcome | undefined
}): string | undefined {
  if (!(ours && theirs && 'figures' in ours && 'figures' in theirs)) return undefined
  const rounds = Math.min(ours.figures.length, theirs.figures.length)
  const ratios = Array.from({ length: rounds }, (_, i) => theirs.figures[i] / ours.figures[i])
  const [least, most] = [Math.min(...ratios), Math.max(...ratios)].map((x) => x.toFixed(2))
  return `${least} to ${most} in ${rounds} round${rounds === 1 ? '' : 's'}`
}
