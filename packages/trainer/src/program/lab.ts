import { join } from 'node:path'
import { IcrlError, randomStream, type Json } from '@icrl/core'
import { gatherStep } from './gather-step.ts'
import { keptWeights, type FrozenWeights, type KeptWeights } from './kept-weights.ts'
import { measureStep } from './measure-step.ts'
import type { Kept, Lab, ProgramOptions, ProgramStep, StepKind } from './program-options.ts'
import type { ScriptGuard } from './script-guard.ts'
import { wholeStep, type Ended, type Step } from './step-folder.ts'
import { trainStep } from './train-step.ts'

/** What the steps of a program share. */
export interface Setting {
  readonly options: ProgramOptions
  readonly weights: KeptWeights
  readonly guard: ScriptGuard
  /**
   * Where a step's policies have their weights from, and which of its roles and references are kept
   * weights.
   */
  readonly provenance: (step: {
    readonly roles?: Readonly<Record<string, { readonly by?: unknown }>>
    readonly references?: Readonly<Record<string, unknown>>
  }) => Readonly<Record<string, Json>>
}

/** A lab, the steps that ended, and snapshots that are still to be disposed of. */
export interface OpenLab extends AsyncDisposable {
  readonly lab: Lab
  /** In their order. */
  readonly steps: readonly ProgramStep[]
}

/**
 * A lab for the script of a program.
 *
 * @param onEnd called after each step that ran, with all that ended
 */
export function openLab(
  options: ProgramOptions,
  guard: ScriptGuard,
  onEnd: (steps: readonly ProgramStep[]) => Promise<void>,
): OpenLab {
  const { directory, policies, seed } = options
  const weights = keptWeights(directory, policies)
  const steps: ProgramStep[] = []
  const keeps = new Map<string, { readonly policy: string; readonly origin: Json }>()
  const snapshots = new Map<unknown, FrozenWeights>()
  const setting: Setting = {
    options,
    weights,
    guard,
    provenance: ({ roles = {}, references = {} }) => ({
      weights: weights.origins(),
      frozen: Object.fromEntries(
        [
          ...Object.entries(roles).map(([name, { by }]) => [`roles.${name}.by`, by] as const),
          ...Object.entries(references).map(([name, by]) => [`references.${name}`, by] as const),
        ].flatMap(([place, by]) => {
          const frozen = snapshots.get(by)
          return frozen ? [[place, frozen.origin]] : []
        }),
      ),
    }),
  }
  const stepOf = async <End extends Ended>(
    name: string,
    kind: StepKind,
    work: (step: Step) => Promise<End>,
  ): Promise<End> =>
    guard.run(`step "${name}"`, async () => {
      guard.claim(name)
      options.onBegin?.({ name, kind })
      const folder = join(directory, name)
      const drawn = randomStream(seed, 'program', name).integer(0, 2 ** 32)
      const end = await work({ name, kind, folder, seed: drawn })
      const ended = inOrder(end.record.step)
      steps.push(ended)
      if (!end.skipped) await onEnd(steps)
      options.onEnd?.({ step: ended, skipped: end.skipped })
      return end
    })
  const checkKept = ({ name, policy }: Kept): void => {
    if (keeps.get(name)?.policy !== policy)
      throw new IcrlError(`no step "${name}" has kept weights of the policy "${policy}".`, {
        code: 'invalid-option',
        remedy: 'Give what lab.keep of this program answered.',
      })
  }
  const lab: Lab = {
    seed,
    async train(name, given) {
      const { summary } = await stepOf(name, 'train', (step) => trainStep(setting, step, given))
      return summary
    },
    async gather(name, given) {
      const { sessions } = await stepOf(name, 'gather', (step) => gatherStep(setting, step, given))
      return sessions
    },
    async measure(name, given) {
      const { metrics } = await stepOf(name, 'measure', (step) => measureStep(setting, step, given))
      return metrics
    },
    async keep(name, given) {
      const { policy } = await stepOf(name, 'keep', async (step) => {
        const policy = policyOf(options, given)
        const origin = weights.origins()[policy]
        const end = await wholeStep(step, { policy, weights: origin }, async (folder) => {
          await weights.write(folder, policy)
          return {}
        })
        keeps.set(name, { policy, origin })
        return { ...end, policy }
      })
      return { name, policy }
    },
    restore: (kept) =>
      guard.run(`lab.restore of "${kept.name}"`, async () => {
        checkKept(kept)
        await weights.restore(kept)
      }),
    frozen: (kept) =>
      guard.run(`lab.frozen of "${kept.name}"`, async () => {
        checkKept(kept)
        const frozen = await weights.frozen(kept, keeps.get(kept.name)!.origin)
        snapshots.set(frozen.snapshot, frozen)
        return frozen.snapshot
      }),
  }
  return {
    lab,
    steps,
    async [Symbol.asyncDispose]() {
      for (const { snapshot } of snapshots.values()) await snapshot[Symbol.asyncDispose]()
    },
  }
}

/** The same, with its keys in one order whether it ran or was read back. */
function inOrder({
  name,
  kind,
  tokens_sampled,
  tokens_untrained,
  wall_seconds,
}: ProgramStep): ProgramStep {
  return {
    name,
    kind,
    ...(tokens_sampled !== undefined && { tokens_sampled }),
    ...(tokens_untrained !== undefined && { tokens_untrained }),
    wall_seconds,
  }
}

/** @throws `invalid-option` unless the policy is one of the program's, or the only one */
function policyOf({ policies }: ProgramOptions, given: string | undefined): string {
  const names = Object.keys(policies)
  const name = given ?? (names.length === 1 ? names[0] : undefined)
  if (name !== undefined && Object.hasOwn(policies, name)) return name
  throw new IcrlError(
    name === undefined ? 'it does not say which policy.' : `there is no policy "${name}".`,
    { code: 'invalid-option', remedy: `Name one of ${names.join(', ')}.` },
  )
}
