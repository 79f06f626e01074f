import type { Json, Policy, Sample } from '@icrl/core'
import type { Metrics, RunSummary } from '../train-options.ts'
import type { SamplesOf } from './sample-lines.ts'

/** What a run is opened with. */
export interface OpenRunOptions {
  /** What `config.json` is to hold. */
  readonly config: Json
  /** True: the run is to be continued if it is there. */
  readonly resume: boolean
}

/**
 * Where a run keeps its files: `runFolder(path)`, `memoryRun()`, or a place of your own.
 */
export interface RunStore {
  /** The folder, if there is one: hooks are told of it. */
  readonly directory?: string
  /**
   * Opens the place for a new run, or for one to continue.
   *
   * @throws `run-conflict` if it holds a run that is not to be resumed, or one of another
   * configuration
   */
  open(options: OpenRunOptions): Promise<OpenedRun>
}

/** A checkpoint whose files have been checked. */
export interface Checkpoint {
  /** Steps done. */
  readonly step: number
  /** Where the run stood. */
  readonly state: Json
  /** Restores the policies. */
  load(policies: Readonly<Record<string, Policy>>): Promise<void>
}

/** What a checkpoint is made of. */
export interface CheckpointContent {
  /** Steps done. */
  readonly step: number
  /** Where the run stands. */
  readonly state: Json
  /** What learns, by name. */
  readonly policies: Readonly<Record<string, Policy>>
  /** How many of the newest checkpoints are kept. */
  readonly keep: number
  /** Steps of older checkpoints that a checkpoint needs, which are kept as long as it is. */
  readonly needs: (step: number) => readonly number[]
}

/** A run's files, held by this process until disposed of. */
export interface OpenedRun extends AsyncDisposable {
  /** The newest checkpoint of a run that is resumed. */
  readonly checkpoint: Checkpoint | undefined
  /** Removes all steps after the checkpoint (without one, all steps); returns the metrics left. */
  rewind(): Promise<Metrics[]>
  /** Stores the configuration. Opening has done it for a new run. */
  writeConfig(): Promise<void>
  /** Stores a step's samples, with what people read beside the ids. */
  writeSamples(step: number, samples: readonly Sample[], of: SamplesOf): Promise<void>
  /** Reads a step's samples as they were written. */
  readSamples(step: number): Promise<readonly Sample[]>
  /** Stores the sessions of the evaluation after a step, a line each. */
  writeEvaluation(step: number, lines: readonly string[]): Promise<void>
  /** Appends the step's lines. With its line of metrics, written last, the step exists. */
  commitStep(metrics: Metrics, timing: Metrics): Promise<void>
  /** The checkpoint of a step. */
  readCheckpoint(step: number): Promise<Checkpoint>
  /**
   * Stores a checkpoint, where the store can. If the step already has one, that stays as it is: the
   * same step of the same run has the same bytes.
   */
  writeCheckpoint(content: CheckpointContent): Promise<void>
  /** Stores the trained policies, where the store can. */
  writeModel(step: number, policies: Readonly<Record<string, Policy>>): Promise<void>
  /** Stores what the run came to, when it ends. */
  writeSummary(summary: RunSummary): Promise<void>
  /** Removes a run that failed in its first step. */
  discard(): Promise<void>
}
